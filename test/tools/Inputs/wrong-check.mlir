// int8 activations are no nearer than about a percent.
func.func @f(%x: tensor<?x64xf32>, %w: !braid.weight<16x64, q8_0>) -> tensor<?x16xf32> {
  %y = braid.linear %x, %w : (tensor<?x64xf32>, !braid.weight<16x64, q8_0>) -> tensor<?x16xf32>
  return %y : tensor<?x16xf32>
}
check.close @f {tolerance = 1.0e-05, int8 = 1.0e-09, tokens = array<i64: 1, 2>}
