// RUN: braid-opt %s --verify-diagnostics --split-input-file

// A check needs a function.
// expected-error @+1 {{expected a function of the module, got 'nobody'}}
check.equal @nobody

// -----

// Only what has a body can run.
func.func private @declared(%x: tensor<?x4xf32>) -> tensor<?x4xf32>
// expected-error @+1 {{expected 'declared' to be a function with a body, got func.func}}
check.close @declared {tolerance = 0.0}

// -----

// A negative tolerance would never hold.
func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> { return %x : tensor<?x4xf32> }
// expected-error @+1 {{expected a tolerance of at least 0, got -1}}
check.close @f {tolerance = -1.0}

// -----

func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> { return %x : tensor<?x4xf32> }
// expected-error @+1 {{expected a tolerance of at least 0, got -5.000000e-01}}
check.close @f {tolerance = 1.0, int8 = -0.5}

// -----

// Without calls nothing is checked.
func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> { return %x : tensor<?x4xf32> }
// expected-error @+1 {{expected at least 1 number of tokens, got 0}}
check.equal @f {tokens = array<i64>}

// -----

func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> { return %x : tensor<?x4xf32> }
// expected-error @+1 {{expected numbers of tokens of at least 1, got 0}}
check.equal @f {tokens = array<i64: 3, 0>}

// -----

func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> { return %x : tensor<?x4xf32> }
// expected-error @+1 {{expected a start of at least 0, got -3}}
check.equal @f {start = -3}

// -----

func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> { return %x : tensor<?x4xf32> }
// expected-error @+1 {{expected at least 1 row, got 0}}
check.equal @f {rows = 0}

// -----

func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> { return %x : tensor<?x4xf32> }
// expected-error @+1 {{expected inputs of "random", "zeros", "repeated", "large" or "tiny", got "big"}}
check.equal @f {inputs = ["big"]}
