// RUN: braid-check %s | FileCheck %s

// The row before: of the call before for the first token.
func.func @token_shift(%x: tensor<?x33xf32>, %t: !braid.tail<1x33>) -> tensor<?x33xf32> {
  %y, %next = braid.token_shift %x, %t : (tensor<?x33xf32>, !braid.tail<1x33>) -> (tensor<?x33xf32>, !braid.tail<1x33>)
  return %y : tensor<?x33xf32>
}
// CHECK: @token_shift: x86-64-v3, exact: {{.*}}same bits
check.equal @token_shift {tokens = array<i64: 5, 1, 2, 1>}
