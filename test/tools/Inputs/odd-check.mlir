func.func @f(%x: tensor<?x64xf32>, %s: f32) -> tensor<?x64xf32> {
  return %x : tensor<?x64xf32>
}
check.equal @f
