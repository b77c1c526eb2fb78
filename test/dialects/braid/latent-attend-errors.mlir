// RUN: braid-opt %s --verify-diagnostics --split-input-file

// Queries have equal heads.
func.func @heads(%qn: tensor<?x13xf32>, %qr: tensor<?x6xf32>, %c: tensor<?x16xf32>, %r: tensor<?x2xf32>,
    %uk: !braid.weight<3x4x16, f32>, %uv: !braid.weight<3x5x16, f32>, %s: !braid.latent<rank = 16, rope = 2, f16>, %p: index) -> tensor<?x15xf32> {
  // expected-error @+1 {{expected heads that divide queries and result, got 3 heads, 13 and 15 features}}
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %p {heads = 3 : i64, scale = 0.5 : f64}
    : (tensor<?x13xf32>, tensor<?x6xf32>, tensor<?x16xf32>, tensor<?x2xf32>, !braid.weight<3x4x16, f32>,
       !braid.weight<3x5x16, f32>, !braid.latent<rank = 16, rope = 2, f16>, index) -> (tensor<?x15xf32>, !braid.latent<rank = 16, rope = 2, f16>)
  return %o : tensor<?x15xf32>
}

// -----

// Each head has a query for the shared key.
func.func @shared_queries(%qn: tensor<?x12xf32>, %qr: tensor<?x2xf32>, %c: tensor<?x16xf32>, %r: tensor<?x2xf32>,
    %uk: !braid.weight<3x4x16, f32>, %uv: !braid.weight<3x5x16, f32>, %s: !braid.latent<rank = 16, rope = 2, f16>, %p: index) -> tensor<?x15xf32> {
  // expected-error @+1 {{expected shared queries of 6 features, got 2}}
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %p {heads = 3 : i64, scale = 0.5 : f64}
    : (tensor<?x12xf32>, tensor<?x2xf32>, tensor<?x16xf32>, tensor<?x2xf32>, !braid.weight<3x4x16, f32>,
       !braid.weight<3x5x16, f32>, !braid.latent<rank = 16, rope = 2, f16>, index) -> (tensor<?x15xf32>, !braid.latent<rank = 16, rope = 2, f16>)
  return %o : tensor<?x15xf32>
}

// -----

// A latent is what the state keeps.
func.func @latents(%qn: tensor<?x12xf32>, %qr: tensor<?x6xf32>, %c: tensor<?x15xf32>, %r: tensor<?x2xf32>,
    %uk: !braid.weight<3x4x16, f32>, %uv: !braid.weight<3x5x16, f32>, %s: !braid.latent<rank = 16, rope = 2, f16>, %p: index) -> tensor<?x15xf32> {
  // expected-error @+1 {{expected latents of 16 features, got 15}}
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %p {heads = 3 : i64, scale = 0.5 : f64}
    : (tensor<?x12xf32>, tensor<?x6xf32>, tensor<?x15xf32>, tensor<?x2xf32>, !braid.weight<3x4x16, f32>,
       !braid.weight<3x5x16, f32>, !braid.latent<rank = 16, rope = 2, f16>, index) -> (tensor<?x15xf32>, !braid.latent<rank = 16, rope = 2, f16>)
  return %o : tensor<?x15xf32>
}

// -----

// All heads share one key.
func.func @shared_keys(%qn: tensor<?x12xf32>, %qr: tensor<?x6xf32>, %c: tensor<?x16xf32>, %r: tensor<?x6xf32>,
    %uk: !braid.weight<3x4x16, f32>, %uv: !braid.weight<3x5x16, f32>, %s: !braid.latent<rank = 16, rope = 2, f16>, %p: index) -> tensor<?x15xf32> {
  // expected-error @+1 {{expected shared keys of 2 features, got 6}}
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %p {heads = 3 : i64, scale = 0.5 : f64}
    : (tensor<?x12xf32>, tensor<?x6xf32>, tensor<?x16xf32>, tensor<?x6xf32>, !braid.weight<3x4x16, f32>,
       !braid.weight<3x5x16, f32>, !braid.latent<rank = 16, rope = 2, f16>, index) -> (tensor<?x15xf32>, !braid.latent<rank = 16, rope = 2, f16>)
  return %o : tensor<?x15xf32>
}

// -----

// Keys are made of latents.
func.func @key_weight(%qn: tensor<?x12xf32>, %qr: tensor<?x6xf32>, %c: tensor<?x16xf32>, %r: tensor<?x2xf32>,
    %uk: !braid.weight<3x16x4, f32>, %uv: !braid.weight<3x5x16, f32>, %s: !braid.latent<rank = 16, rope = 2, f16>, %p: index) -> tensor<?x15xf32> {
  // expected-error @+1 {{expected a key weight of shape 3x4x16, got 3x16x4}}
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %p {heads = 3 : i64, scale = 0.5 : f64}
    : (tensor<?x12xf32>, tensor<?x6xf32>, tensor<?x16xf32>, tensor<?x2xf32>, !braid.weight<3x16x4, f32>,
       !braid.weight<3x5x16, f32>, !braid.latent<rank = 16, rope = 2, f16>, index) -> (tensor<?x15xf32>, !braid.latent<rank = 16, rope = 2, f16>)
  return %o : tensor<?x15xf32>
}

// -----

// Values have the width of the result.
func.func @value_weight(%qn: tensor<?x12xf32>, %qr: tensor<?x6xf32>, %c: tensor<?x16xf32>, %r: tensor<?x2xf32>,
    %uk: !braid.weight<3x4x16, f32>, %uv: !braid.weight<3x4x16, f32>, %s: !braid.latent<rank = 16, rope = 2, f16>, %p: index) -> tensor<?x15xf32> {
  // expected-error @+1 {{expected a value weight of shape 3x5x16, got 3x4x16}}
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %p {heads = 3 : i64, scale = 0.5 : f64}
    : (tensor<?x12xf32>, tensor<?x6xf32>, tensor<?x16xf32>, tensor<?x2xf32>, !braid.weight<3x4x16, f32>,
       !braid.weight<3x4x16, f32>, !braid.latent<rank = 16, rope = 2, f16>, index) -> (tensor<?x15xf32>, !braid.latent<rank = 16, rope = 2, f16>)
  return %o : tensor<?x15xf32>
}

// -----

// A state stays what it is.
func.func @next(%qn: tensor<?x12xf32>, %qr: tensor<?x6xf32>, %c: tensor<?x16xf32>, %r: tensor<?x2xf32>,
    %uk: !braid.weight<3x4x16, f32>, %uv: !braid.weight<3x5x16, f32>, %s: !braid.latent<rank = 16, rope = 2, f16>, %p: index) -> tensor<?x15xf32> {
  // expected-error @+1 {{expected the next state to be '!braid.latent<rank = 16, rope = 2, f16>', got '!braid.latent<rank = 16, rope = 2, f32>'}}
  %o, %n = braid.latent_attend @causal() %qn, %qr, %c, %r, %uk, %uv, %s, %p {heads = 3 : i64, scale = 0.5 : f64}
    : (tensor<?x12xf32>, tensor<?x6xf32>, tensor<?x16xf32>, tensor<?x2xf32>, !braid.weight<3x4x16, f32>,
       !braid.weight<3x5x16, f32>, !braid.latent<rank = 16, rope = 2, f16>, index) -> (tensor<?x15xf32>, !braid.latent<rank = 16, rope = 2, f32>)
  return %o : tensor<?x15xf32>
}

// -----

// A variant gets its parameters.
func.func @params(%qn: tensor<?x12xf32>, %qr: tensor<?x6xf32>, %c: tensor<?x16xf32>, %r: tensor<?x2xf32>,
    %uk: !braid.weight<3x4x16, f32>, %uv: !braid.weight<3x5x16, f32>, %s: !braid.latent<rank = 16, rope = 2, f16>, %p: index) -> tensor<?x15xf32> {
  // expected-error @+1 {{expected 0 parameters for 'plain', got 1}}
  %o, %n = braid.latent_attend @plain(3) %qn, %qr, %c, %r, %uk, %uv, %s, %p {heads = 3 : i64, scale = 0.5 : f64}
    : (tensor<?x12xf32>, tensor<?x6xf32>, tensor<?x16xf32>, tensor<?x2xf32>, !braid.weight<3x4x16, f32>,
       !braid.weight<3x5x16, f32>, !braid.latent<rank = 16, rope = 2, f16>, index) -> (tensor<?x15xf32>, !braid.latent<rank = 16, rope = 2, f16>)
  return %o : tensor<?x15xf32>
}
attn.softmax @plain() {
}

// -----

// A variant must be somewhere.
func.func @unknown(%qn: tensor<?x12xf32>, %qr: tensor<?x6xf32>, %c: tensor<?x16xf32>, %r: tensor<?x2xf32>,
    %uk: !braid.weight<3x4x16, f32>, %uv: !braid.weight<3x5x16, f32>, %s: !braid.latent<rank = 16, rope = 2, f16>, %p: index) -> tensor<?x15xf32> {
  // expected-error @+1 {{expected an attention variant of the module or the catalogue, got 'unheard_of'}}
  %o, %n = braid.latent_attend @unheard_of() %qn, %qr, %c, %r, %uk, %uv, %s, %p {heads = 3 : i64, scale = 0.5 : f64}
    : (tensor<?x12xf32>, tensor<?x6xf32>, tensor<?x16xf32>, tensor<?x2xf32>, !braid.weight<3x4x16, f32>,
       !braid.weight<3x5x16, f32>, !braid.latent<rank = 16, rope = 2, f16>, index) -> (tensor<?x15xf32>, !braid.latent<rank = 16, rope = 2, f16>)
  return %o : tensor<?x15xf32>
}

// -----

// Rows are no blocks.
// expected-error @+2 {{to be one of: f32, f16, bf16, int8}}
// expected-error @+1 {{failed to parse Braid_LatentType parameter 'storage'}}
func.func private @blocks(!braid.latent<rank = 32, rope = 32, q8_0>)

// -----

// expected-error @+1 {{expected a positive rank and rope, got 16 and 0}}
func.func private @no_rope(!braid.latent<rank = 16, rope = 0, f32>)
