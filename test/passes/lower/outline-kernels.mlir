// RUN: braid-opt %s --braid-outline-kernels | FileCheck %s

#map = affine_map<(d0, d1) -> (d0, d1)>

// Equal kernels of two layers are one function, called with each layer's operands.
// CHECK-LABEL: func.func @first_layer
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: !braid
// CHECK-NEXT:    %[[Y:.*]] = call @[[LINEAR:linear]](%[[X]], %[[W]])
// CHECK-NEXT:    call @[[SILU:activate]](%[[Y]])
func.func @first_layer(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.kernel(%a = %x, %b = %w) : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
    %l = braid.linear %a, %b : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
    braid.yield %l : tensor<?x64xf32>
  }
  %1 = braid.kernel(%a = %0) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
    %l = braid.activate silu %a : tensor<?x64xf32>
    braid.yield %l : tensor<?x64xf32>
  }
  return %1 : tensor<?x64xf32>
}

// A kernel with other attributes is another function, although its ops have the same names.
// CHECK-LABEL: func.func @second_layer
// CHECK-SAME:    %[[X:.*]]: tensor<?x64xf32>, %[[W:.*]]: !braid
// CHECK-NEXT:    %[[Y:.*]] = call @linear(%[[X]], %[[W]])
// CHECK-NEXT:    call @[[GELU:activate_[0-9]+]](%[[Y]])
func.func @second_layer(%x: tensor<?x64xf32>, %w: !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
  %0 = braid.kernel(%a = %x, %b = %w) : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32> {
    %l = braid.linear %a, %b : (tensor<?x64xf32>, !braid.weight<64x64, f32>) -> tensor<?x64xf32>
    braid.yield %l : tensor<?x64xf32>
  }
  %1 = braid.kernel(%a = %0) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
    %l = braid.activate gelu %a : tensor<?x64xf32>
    braid.yield %l : tensor<?x64xf32>
  }
  return %1 : tensor<?x64xf32>
}

// Ops that differ in their regions alone are different kernels.
// CHECK-LABEL: func.func @regions_differ
// CHECK-NEXT:    %[[A:.*]] = call @[[ADD:.*generic]](%{{.*}})
// CHECK-NEXT:    %[[B:.*]] = call @[[MUL:.*generic_[0-9]+]](%[[A]])
// CHECK-NEXT:    call @[[ADD]](%[[B]])
func.func @regions_differ(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = braid.kernel(%a = %x) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
    %one = arith.constant 0 : index
    %n = tensor.dim %a, %one : tensor<?x64xf32>
    %e = tensor.empty(%n) : tensor<?x64xf32>
    %l = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]}
        ins(%a : tensor<?x64xf32>) outs(%e : tensor<?x64xf32>) {
    ^bb0(%in: f32, %out: f32):
      %s = arith.addf %in, %in : f32
      linalg.yield %s : f32
    } -> tensor<?x64xf32>
    braid.yield %l : tensor<?x64xf32>
  }
  %1 = braid.kernel(%a = %0) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
    %one = arith.constant 0 : index
    %n = tensor.dim %a, %one : tensor<?x64xf32>
    %e = tensor.empty(%n) : tensor<?x64xf32>
    %l = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]}
        ins(%a : tensor<?x64xf32>) outs(%e : tensor<?x64xf32>) {
    ^bb0(%in: f32, %out: f32):
      %s = arith.mulf %in, %in : f32
      linalg.yield %s : f32
    } -> tensor<?x64xf32>
    braid.yield %l : tensor<?x64xf32>
  }
  %2 = braid.kernel(%a = %1) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
    %one = arith.constant 0 : index
    %n = tensor.dim %a, %one : tensor<?x64xf32>
    %e = tensor.empty(%n) : tensor<?x64xf32>
    %l = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]}
        ins(%a : tensor<?x64xf32>) outs(%e : tensor<?x64xf32>) {
    ^bb0(%in: f32, %out: f32):
      %s = arith.addf %in, %in : f32
      linalg.yield %s : f32
    } -> tensor<?x64xf32>
    braid.yield %l : tensor<?x64xf32>
  }
  return %2 : tensor<?x64xf32>
}

// Ops that read other arguments are different kernels; repeated ops are counted in the name.
// CHECK-LABEL: func.func @operands_differ
// CHECK-NEXT:    call @[[ONE:activate2_mulf]](
// CHECK-NEXT:    call @[[TWO:activate2_mulf_[0-9]+]](
func.func @operands_differ(%x: tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
  %0 = braid.kernel(%a = %x) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
    %1 = braid.activate silu %a : tensor<?x64xf32>
    %2 = braid.activate silu %a : tensor<?x64xf32>
    %3 = arith.mulf %1, %2 : tensor<?x64xf32>
    braid.yield %3 : tensor<?x64xf32>
  }
  %4 = braid.kernel(%a = %x) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
    %1 = braid.activate silu %a : tensor<?x64xf32>
    %2 = braid.activate silu %1 : tensor<?x64xf32>
    %3 = arith.mulf %1, %2 : tensor<?x64xf32>
    braid.yield %3 : tensor<?x64xf32>
  }
  return %0, %4 : tensor<?x64xf32>, tensor<?x64xf32>
}

// A function that had the name first keeps it.
// CHECK-LABEL: func.func @copy
// CHECK-NEXT:    call @copy_{{[0-9]+}}
func.func @copy(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = braid.kernel(%a = %x) : (tensor<?x64xf32>) -> tensor<?x64xf32> {
    braid.yield %a : tensor<?x64xf32>
  }
  return %0 : tensor<?x64xf32>
}

// Kernels are private, and marked.
// CHECK:      func.func private @linear(%[[A:.*]]: tensor<?x64xf32>, %[[B:.*]]: !braid.weight<64x64, f32>) -> tensor<?x64xf32> attributes {braid.kernel} {
// CHECK-NEXT:   %[[L:.*]] = braid.linear %[[A]], %[[B]]
// CHECK-NEXT:   return %[[L]]
// CHECK:      func.func private @activate(
// CHECK-NEXT:   braid.activate silu
// CHECK-NOT:  braid.kernel(
