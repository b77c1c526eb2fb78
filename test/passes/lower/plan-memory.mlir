// RUN: braid-opt %s --pass-pipeline="builtin.module(braid-plan-memory{max-tokens=10})" | FileCheck %s

func.func private @f(tensor<?x64xf32>) -> tensor<?x64xf32>
func.func private @wide(tensor<?x64xf32>) -> tensor<?x128xf32>
func.func private @narrow(tensor<?x128xf32>) -> tensor<?x64xf32>
func.func private @two(tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>)
func.func private @state(tensor<?x64xf32>, index) -> (index, tensor<?x64xf32>)
func.func private @tiny(tensor<?x64xf32>) -> tensor<?x1xf32>
func.func private @join(tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>

// Lives that do not overlap share memory: the third value lies where the first one was. A returned value has no place
// here, since its caller gives it one. 10 tokens of 64 floats are 2560 bytes.
// CHECK-LABEL: func.func @chain
// CHECK-SAME:    braid.frame = 5120 : i64
// CHECK:         call @f(%{{.*}}) {braid.places = array<i64: 0>}
// CHECK:         call @f(%{{.*}}) {braid.places = array<i64: 2560>}
// CHECK:         call @f(%{{.*}}) {braid.places = array<i64: 0>}
// CHECK:         call @f(%{{.*}}) {braid.places = array<i64: -1>}
func.func @chain(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = call @f(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %1 = call @f(%0) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %2 = call @f(%1) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %3 = call @f(%2) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %3 : tensor<?x64xf32>
}

// The largest values are placed first; smaller ones take what is free.
// CHECK-LABEL: func.func @largest_first
// CHECK-SAME:    braid.frame = 7680 : i64
// CHECK:         call @f(%{{.*}}) {braid.places = array<i64: 5120>}
// CHECK:         call @wide(%{{.*}}) {braid.places = array<i64: 0>}
// CHECK:         call @narrow(%{{.*}}) {braid.places = array<i64: 5120>}
func.func @largest_first(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = call @f(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %1 = call @wide(%0) : (tensor<?x64xf32>) -> tensor<?x128xf32>
  %2 = call @narrow(%1) : (tensor<?x128xf32>) -> tensor<?x64xf32>
  %3 = call @f(%2) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %3 : tensor<?x64xf32>
}

// A tail is a view: the value that it looks into lives as long.
// CHECK-LABEL: func.func @tail_extends_life
// CHECK-SAME:    braid.frame = 7680 : i64
// CHECK:         call @f(%{{.*}}) {braid.places = array<i64: 0>}
// CHECK:         call @f(%{{.*}}) {braid.places = array<i64: 2560>}
// CHECK:         call @f(%{{.*}}) {braid.places = array<i64: 5120>}
func.func @tail_extends_life(%x: tensor<?x64xf32>, %n: index) -> tensor<?x64xf32> {
  %0 = call @f(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %t = braid.tail %0, %n : (tensor<?x64xf32>, index) -> tensor<?x64xf32>
  %1 = call @f(%x) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %2 = call @f(%1) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %3 = call @f(%2) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  %4 = call @f(%t) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %4 : tensor<?x64xf32>
}

// A result that nobody reads is written all the same, and must not hit what lives.
// CHECK-LABEL: func.func @unread_result
// CHECK-SAME:    braid.frame = 5120 : i64
// CHECK:         call @two(%{{.*}}) {braid.places = array<i64: 0, 2560>}
func.func @unread_result(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0:2 = call @two(%x) : (tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>)
  %1 = call @f(%0#1) : (tensor<?x64xf32>) -> tensor<?x64xf32>
  return %1 : tensor<?x64xf32>
}

// Of several results some may be the caller's; what is no tensor has no place.
// CHECK-LABEL: func.func @mixed_results
// CHECK-SAME:    braid.frame = 2560 : i64
// CHECK:         call @two(%{{.*}}) {braid.places = array<i64: -1, 0>}
// CHECK:         call @state(%{{.*}}, %{{.*}}) {braid.places = array<i64: -1>}
func.func @mixed_results(%x: tensor<?x64xf32>, %s: index) -> (tensor<?x64xf32>, tensor<?x64xf32>, index) {
  %0:2 = call @two(%x) : (tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>)
  %1:2 = call @state(%0#1, %s) : (tensor<?x64xf32>, index) -> (index, tensor<?x64xf32>)
  return %0#0, %1#1, %1#0 : tensor<?x64xf32>, tensor<?x64xf32>, index
}

// Places are 64-byte aligned: 40 bytes take 64.
// CHECK-LABEL: func.func @aligned
// CHECK-SAME:    braid.frame = 128 : i64
// CHECK:         call @tiny(%{{.*}}) {braid.places = array<i64: 0>}
// CHECK:         call @tiny(%{{.*}}) {braid.places = array<i64: 64>}
func.func @aligned(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %0 = call @tiny(%x) : (tensor<?x64xf32>) -> tensor<?x1xf32>
  %1 = call @tiny(%x) : (tensor<?x64xf32>) -> tensor<?x1xf32>
  %2 = call @join(%0, %1) : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x64xf32>
  return %2 : tensor<?x64xf32>
}

// The body of a kernel has no frame: its values never reach memory.
// CHECK-LABEL: func.func private @kernel
// CHECK-NOT:     braid.frame
// CHECK:         return
func.func private @kernel(%x: tensor<?x64xf32>) -> tensor<?x64xf32> attributes {braid.kernel} {
  %0 = braid.activate silu %x : tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}
