// RUN: braid-opt %s | braid-opt | FileCheck %s

// CHECK-LABEL: func.func @gated
// CHECK-SAME:    %[[X:.*]]: tensor<?x8xf32>, %[[I:.*]]: tensor<?x2xi32>, %[[W:.*]]: tensor<?x2xf32>, %[[G:.*]]: !braid.weight<4x6x8, f32>, %[[U:.*]]: !braid.weight<4x6x8, f32>, %[[D:.*]]: !braid.weight<4x8x6, f16>
func.func @gated(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>, %g: !braid.weight<4x6x8, f32>, %u: !braid.weight<4x6x8, f32>,
    %d: !braid.weight<4x8x6, f16>) -> tensor<?x8xf32> {
  // CHECK: braid.experts silu %[[X]], %[[I]], %[[W]], gate %[[G]], up %[[U]], down %[[D]] :
  %y = braid.experts silu %x, %i, %w, gate %g, up %u, down %d
    : (tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<4x6x8, f32>, !braid.weight<4x6x8, f32>, !braid.weight<4x8x6, f16>)
    -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Without a gate.
// CHECK-LABEL: func.func @plain
func.func @plain(%x: tensor<?x8xf32>, %i: tensor<?x2xi32>, %w: tensor<?x2xf32>, %u: !braid.weight<4x6x8, f32>, %d: !braid.weight<4x8x6, f32>)
    -> tensor<?x8xf32> {
  // CHECK: braid.experts relu2 %{{.*}}, %{{.*}}, %{{.*}}, up %{{.*}}, down %{{.*}} :
  %y = braid.experts relu2 %x, %i, %w, up %u, down %d
    : (tensor<?x8xf32>, tensor<?x2xi32>, tensor<?x2xf32>, !braid.weight<4x6x8, f32>, !braid.weight<4x8x6, f32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
