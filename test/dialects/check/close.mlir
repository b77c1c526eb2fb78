// RUN: braid-opt %s | braid-opt | FileCheck %s

func.func private @pass(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  return %x : tensor<?x64xf32>
}

// A check prints as it was read; what it leaves out has a default.
// CHECK: check.close @pass {tolerance = 1.000000e-05 : f64}
check.close @pass {tolerance = 1.0e-05}
// CHECK: check.close @pass {inputs = ["zeros", "tiny"], int8 = 2.000000e-02 : f64, rows = 2 : i64, start = 100 : i64, tokens = array<i64: 1, 17>, tolerance = 1.000000e-05 : f64}
check.close @pass {tolerance = 1.0e-05, int8 = 0.02, tokens = array<i64: 1, 17>, start = 100, rows = 2, inputs = ["zeros", "tiny"]}
// CHECK: check.equal @pass {tokens = array<i64: 3>}
check.equal @pass {tokens = array<i64: 3>}
