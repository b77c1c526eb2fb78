// RUN: braid-check %s | FileCheck %s

// Each nonlinearity behind a linear map (the kernel's epilogue), and on its own.

// silu of numbers near and far from 0.
func.func @silu(%x: tensor<?x67xf32>, %w: !braid.weight<40x67, f32>, %b: !braid.weight<40, f32>) -> tensor<?x40xf32> {
  %l = braid.linear %x, %w bias %b : (tensor<?x67xf32>, !braid.weight<40x67, f32>, !braid.weight<40, f32>)
       -> tensor<?x40xf32>
  %y = braid.activate silu %l : tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
// CHECK: @silu: x86-64-v3, exact: 45 calls
check.close @silu {tolerance = 1.0e-05}

// On its own.
func.func @silu_alone(%x: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %y = braid.activate silu %x : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @silu_alone {tolerance = 1.0e-06}

// gelu of numbers near and far from 0.
func.func @gelu(%x: tensor<?x67xf32>, %w: !braid.weight<40x67, f32>, %b: !braid.weight<40, f32>) -> tensor<?x40xf32> {
  %l = braid.linear %x, %w bias %b : (tensor<?x67xf32>, !braid.weight<40x67, f32>, !braid.weight<40, f32>)
       -> tensor<?x40xf32>
  %y = braid.activate gelu %l : tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
// CHECK: @gelu: x86-64-v3, exact: 45 calls
check.close @gelu {tolerance = 1.0e-05}

// On its own.
func.func @gelu_alone(%x: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %y = braid.activate gelu %x : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @gelu_alone {tolerance = 1.0e-06}

// gelu_tanh of numbers near and far from 0.
func.func @gelu_tanh(%x: tensor<?x67xf32>, %w: !braid.weight<40x67, f32>, %b: !braid.weight<40, f32>) -> tensor<?x40xf32> {
  %l = braid.linear %x, %w bias %b : (tensor<?x67xf32>, !braid.weight<40x67, f32>, !braid.weight<40, f32>)
       -> tensor<?x40xf32>
  %y = braid.activate gelu_tanh %l : tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
// CHECK: @gelu_tanh: x86-64-v3, exact: 45 calls
check.close @gelu_tanh {tolerance = 1.0e-05}

// On its own.
func.func @gelu_tanh_alone(%x: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %y = braid.activate gelu_tanh %x : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @gelu_tanh_alone {tolerance = 1.0e-06}

// relu of numbers near and far from 0.
func.func @relu(%x: tensor<?x67xf32>, %w: !braid.weight<40x67, f32>, %b: !braid.weight<40, f32>) -> tensor<?x40xf32> {
  %l = braid.linear %x, %w bias %b : (tensor<?x67xf32>, !braid.weight<40x67, f32>, !braid.weight<40, f32>)
       -> tensor<?x40xf32>
  %y = braid.activate relu %l : tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
// CHECK: @relu: x86-64-v3, exact: 45 calls
check.close @relu {tolerance = 1.0e-05}

// On its own.
func.func @relu_alone(%x: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %y = braid.activate relu %x : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @relu_alone {tolerance = 1.0e-06}

// relu2 of numbers near and far from 0.
func.func @relu2(%x: tensor<?x67xf32>, %w: !braid.weight<40x67, f32>, %b: !braid.weight<40, f32>) -> tensor<?x40xf32> {
  %l = braid.linear %x, %w bias %b : (tensor<?x67xf32>, !braid.weight<40x67, f32>, !braid.weight<40, f32>)
       -> tensor<?x40xf32>
  %y = braid.activate relu2 %l : tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
// CHECK: @relu2: x86-64-v3, exact: 45 calls
check.close @relu2 {tolerance = 1.0e-05}

// On its own.
func.func @relu2_alone(%x: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %y = braid.activate relu2 %x : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @relu2_alone {tolerance = 1.0e-06}

// sigmoid of numbers near and far from 0.
func.func @sigmoid(%x: tensor<?x67xf32>, %w: !braid.weight<40x67, f32>, %b: !braid.weight<40, f32>) -> tensor<?x40xf32> {
  %l = braid.linear %x, %w bias %b : (tensor<?x67xf32>, !braid.weight<40x67, f32>, !braid.weight<40, f32>)
       -> tensor<?x40xf32>
  %y = braid.activate sigmoid %l : tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
// CHECK: @sigmoid: x86-64-v3, exact: 36 calls
// Large sums that nearly cancel are as uncertain as sigmoid is steep.
check.close @sigmoid {tolerance = 1.0e-05, inputs = ["random", "zeros", "repeated", "tiny"]}

// On its own.
func.func @sigmoid_alone(%x: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %y = braid.activate sigmoid %x : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @sigmoid_alone {tolerance = 1.0e-06}

// softplus of numbers near and far from 0.
func.func @softplus(%x: tensor<?x67xf32>, %w: !braid.weight<40x67, f32>, %b: !braid.weight<40, f32>) -> tensor<?x40xf32> {
  %l = braid.linear %x, %w bias %b : (tensor<?x67xf32>, !braid.weight<40x67, f32>, !braid.weight<40, f32>)
       -> tensor<?x40xf32>
  %y = braid.activate softplus %l : tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
// CHECK: @softplus: x86-64-v3, exact: 45 calls
check.close @softplus {tolerance = 1.0e-05}

// On its own.
func.func @softplus_alone(%x: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %y = braid.activate softplus %x : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @softplus_alone {tolerance = 1.0e-06}

// tanh of numbers near and far from 0.
func.func @tanh(%x: tensor<?x67xf32>, %w: !braid.weight<40x67, f32>, %b: !braid.weight<40, f32>) -> tensor<?x40xf32> {
  %l = braid.linear %x, %w bias %b : (tensor<?x67xf32>, !braid.weight<40x67, f32>, !braid.weight<40, f32>)
       -> tensor<?x40xf32>
  %y = braid.activate tanh %l : tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
// CHECK: @tanh: x86-64-v3, exact: 36 calls
// Large sums that nearly cancel are as uncertain as tanh is steep.
check.close @tanh {tolerance = 1.0e-05, inputs = ["random", "zeros", "repeated", "tiny"]}

// On its own.
func.func @tanh_alone(%x: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %y = braid.activate tanh %x : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @tanh_alone {tolerance = 1.0e-06}

// exp of numbers near 0 and far below.
func.func @exp(%x: tensor<?x67xf32>, %w: !braid.weight<40x67, f32>, %b: !braid.weight<40, f32>) -> tensor<?x40xf32> {
  %l = braid.linear %x, %w bias %b : (tensor<?x67xf32>, !braid.weight<40x67, f32>, !braid.weight<40, f32>)
       -> tensor<?x40xf32>
  %y = braid.activate exp %l : tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
check.close @exp {tolerance = 1.0e-05, inputs = ["random", "zeros", "repeated", "tiny"]}

// On its own.
func.func @exp_alone(%x: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %y = braid.activate exp %x : tensor<?x33xf32>
  return %y : tensor<?x33xf32>
}
check.close @exp_alone {tolerance = 1.0e-06, inputs = ["random", "zeros", "repeated", "tiny"]}
