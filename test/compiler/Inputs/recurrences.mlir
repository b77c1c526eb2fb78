// A recurrence that no catalogue has, and one of the catalogue.
func.func @own_name(%q: tensor<?x32xf32>, %k: tensor<?x32xf32>, %v: tensor<?x48xf32>, %u: tensor<?x64xf32>, %b: tensor<?x4xf32>,
    %s: !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>) -> tensor<?x48xf32> {
  %u2 = arith.mulf %u, %u : tensor<?x64xf32>
  %g = arith.negf %u2 : tensor<?x64xf32>
  %o, %next = braid.recur @late_decay(%q, %k, %v, %g, %b), %s
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x48xf32>, tensor<?x64xf32>, tensor<?x4xf32>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>)
    -> (tensor<?x48xf32>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>)
  return %o : tensor<?x48xf32>
}
check.close @own_name {tolerance = 1.0e-04, tokens = array<i64: 1, 2, 1>, inputs = ["random", "zeros"]}

func.func @in_place(%q: tensor<?x32xf32>, %k: tensor<?x32xf32>, %v: tensor<?x48xf32>, %b: tensor<?x4xf32>,
    %s: !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>) -> tensor<?x48xf32> {
  %o, %next = braid.recur @delta_net(%q, %k, %v, %b), %s
    : (tensor<?x32xf32>, tensor<?x32xf32>, tensor<?x48xf32>, tensor<?x4xf32>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>)
    -> (tensor<?x48xf32>, !braid.recurrent<heads = 4, key = 16, value = 12, matrices = 1, columns = 0>)
  return %o : tensor<?x48xf32>
}
check.close @in_place {tolerance = 1.0e-05, tokens = array<i64: 1, 5, 1, 33>, inputs = ["random", "repeated"]}
