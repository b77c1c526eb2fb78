// RUN: braid-check %s | FileCheck %s

// From the beginning.
func.func @first(%ids: tensor<?xi32>, %position: index) -> tensor<?x64xf32> {
  %table = braid.rope_table %ids, %position {frequencies = array<f32: 1.0, 0.749894, 0.562341, 0.421697, 0.316228, 0.237137, 0.177828, 0.133352, 0.1, 0.0749894, 0.0562341, 0.0421697, 0.0316228, 0.0237137, 0.0177828, 0.0133352, 0.01, 0.00749894, 0.00562341, 0.00421697, 0.00316228, 0.00237137, 0.00177828, 0.00133352, 0.001, 0.000749894, 0.000562341, 0.000421697, 0.000316228, 0.000237137, 0.000177828, 0.000133352>, factor = 1.0}
    : (tensor<?xi32>, index) -> tensor<?x64xf32>
  return %table : tensor<?x64xf32>
}
// CHECK: @first: x86-64-v3, exact: 9 calls
check.close @first {tolerance = 1.0e-06, start = 0, inputs = ["random"]}

// Large angles, of which the product with the position is rounded once.
func.func @far(%ids: tensor<?xi32>, %position: index) -> tensor<?x64xf32> {
  %table = braid.rope_table %ids, %position {frequencies = array<f32: 1.0, 0.749894, 0.562341, 0.421697, 0.316228, 0.237137, 0.177828, 0.133352, 0.1, 0.0749894, 0.0562341, 0.0421697, 0.0316228, 0.0237137, 0.0177828, 0.0133352, 0.01, 0.00749894, 0.00562341, 0.00421697, 0.00316228, 0.00237137, 0.00177828, 0.00133352, 0.001, 0.000749894, 0.000562341, 0.000421697, 0.000316228, 0.000237137, 0.000177828, 0.000133352>, factor = 1.0}
    : (tensor<?xi32>, index) -> tensor<?x64xf32>
  return %table : tensor<?x64xf32>
}
check.close @far {tolerance = 1.0e-06, start = 1000000, inputs = ["random"]}

// A number of frequencies that fills no vector, and a factor.
func.func @odd(%ids: tensor<?xi32>, %position: index) -> tensor<?x10xf32> {
  %table = braid.rope_table %ids, %position {frequencies = array<f32: 1.0, 0.5, 0.1, 0.01, 3.0e-05>, factor = 1.25}
    : (tensor<?xi32>, index) -> tensor<?x10xf32>
  return %table : tensor<?x10xf32>
}
check.close @odd {tolerance = 1.0e-06, start = 100, inputs = ["random"]}
