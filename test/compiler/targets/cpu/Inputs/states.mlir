// The first layer gives the state after its second recurrence alone; the second layer goes on from there.
!state = !braid.recurrent<heads = 1, key = 16, value = 16, matrices = 1, columns = 0>
func.func private @both(%x: tensor<?x16xf32>, %s: !state, %t: !state) -> (tensor<?x16xf32>, !state) {
  %o, %s1 = braid.recur @linear_attention(%x, %x, %x), %s
    : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, !state) -> (tensor<?x16xf32>, !state)
  %p, %t1 = braid.recur @linear_attention(%o, %o, %o), %t
    : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, !state) -> (tensor<?x16xf32>, !state)
  return %p, %t1 : tensor<?x16xf32>, !state
}
func.func private @one(%x: tensor<?x16xf32>, %t: !state) -> tensor<?x16xf32> {
  %o, %t1 = braid.recur @linear_attention(%x, %x, %x), %t
    : (tensor<?x16xf32>, tensor<?x16xf32>, tensor<?x16xf32>, !state) -> (tensor<?x16xf32>, !state)
  return %o : tensor<?x16xf32>
}
func.func @main(%tokens: tensor<?xi32>, %position: index, %rows: index, %s: !state, %t: !state)
    -> (tensor<?x32xf32>, !state, !state) {
  %w = braid.weight "embed" : !braid.weight<32x16, f32>
  %e = braid.embed %tokens, %w : (tensor<?xi32>, !braid.weight<32x16, f32>) -> tensor<?x16xf32>
  %x, %t1 = call @both(%e, %s, %t) : (tensor<?x16xf32>, !state, !state) -> (tensor<?x16xf32>, !state)
  %y = call @one(%x, %t1) : (tensor<?x16xf32>, !state) -> tensor<?x16xf32>
  %z = braid.tail %y, %rows : (tensor<?x16xf32>, index) -> tensor<?x16xf32>
  %l = braid.linear %z, %w : (tensor<?x16xf32>, !braid.weight<32x16, f32>) -> tensor<?x32xf32>
  return %l, %s, %t1 : tensor<?x32xf32>, !state, !state
}
