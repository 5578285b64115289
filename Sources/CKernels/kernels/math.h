// Elementary functions in float32, within 2 ulp of the true value over the whole range, with polynomials of our own
// so that the bits do not depend on the C library. Those that must be fast (exp, log, tanh, sigmoid) compute in
// float32; the others compute in double, where the error of a plain method vanishes in the final rounding.
//
// Coefficients: weighted minimax fits (Lawson's iteration on Chebyshev nodes) unless they are Taylor's.
#ifndef NJ_KERNELS_MATH_H
#define NJ_KERNELS_MATH_H

#include "vector.h"

// x, but at most (at least) a bound; NaN passes.
NJ_INLINE vf vf_at_most(vf bound, vf x) {
#if NJ_W == 16
    return _mm512_min_ps(bound, x);
#else
    return vf_select(x > bound, bound, x);
#endif
}
NJ_INLINE vf vf_at_least(vf bound, vf x) {
#if NJ_W == 16
    return _mm512_max_ps(bound, x);
#else
    return vf_select(x < bound, bound, x);
#endif
}

// Multiplies by 2^n, rounding once where the result is denormal. n is whole, and `shifted` holds it in its low bits.
typedef struct vf_power {
#if NJ_W == 16
    vf n;
#else
    vf first, second;
#endif
} vf_power;
NJ_INLINE vf_power vf_power_of_two(vf n, vf shifted) {
#if NJ_W == 16
    (void)shifted;
    return (vf_power){n};
#else
    (void)n;
    // In two factors, so that denormal results round once and the largest ones do not overflow on the way.
    vi k = vi_sub(vf_bits(shifted), vi_set(0x4B400000)), half = k >> 1;
    return (vf_power){vi_float_bits((vi)((vu)vi_add(half, vi_set(127)) << 23)),
                      vi_float_bits((vi)((vu)vi_sub(k, vi_sub(half, vi_set(127))) << 23))};
#endif
}
NJ_INLINE vf vf_scale(vf x, vf_power by) {
#if NJ_W == 16
    return _mm512_scalef_ps(x, by.n);
#else
    return x * by.first * by.second;
#endif
}

// e^x = 2^n e^r with |r| <= ln 2 / 2; ln 2 in two parts so that n * ln 2 is subtracted exactly. `low` is what the sum
// 1 + (e^r - 1) lost in rounding, scaled likewise.
NJ_INLINE vf vf_exp_parts(vf x, vf *low) {
    // Past these bounds the result is infinite or zero all the same; NaN passes both.
    vf t = vf_at_least(vf_set(-105), vf_at_most(vf_set(89), x));
    // The integer nearest to t / ln 2, left in the low bits of the sum.
    vf shifted = vf_madd(t, vf_set(0x1.715476p+0f), vf_set(0x1.8p+23f));
    vf n = shifted - 0x1.8p+23f;
    vf r = vf_madd(n, vf_set(-0x1.62e4p-1f), t);
    r = vf_madd(n, vf_set(-0x1.7f7d1cp-20f), r);
    vf q = vf_set(0x1.6db4c6p-10f);
    q = vf_madd(q, r, vf_set(0x1.123c0cp-7f));
    q = vf_madd(q, r, vf_set(0x1.55545ep-5f));
    q = vf_madd(q, r, vf_set(0x1.55548ep-3f));
    q = vf_madd(q, r, vf_set(0.5f));
    vf less_one = vf_madd(q, r * r, r);
    vf y = 1.0f + less_one;
    vf_power power = vf_power_of_two(n, shifted);
    *low = vf_scale(less_one - (y - 1.0f), power);
    return vf_scale(y, power);
}
NJ_INLINE vf vf_exp(vf x) {
    vf low;
    return vf_exp_parts(x, &low);
}

// x = m 2^e with m in [sqrt(1/2), sqrt(2)); log x = e ln 2 + log m. For x finite, normal and above zero.
NJ_INLINE vf vf_log_normal(vf x, vi shift) {
    vi bits = vf_bits(x);
    vi e = vi_sub(bits, vi_set(0x3F3504F3)) >> 23;
    vf m = vi_float_bits(vi_sub(bits, e << 23)) - 1.0f;
    vf n = vi_to_float(vi_sub(e, shift));
    vf z = m * m, zz = z * z;
    // In pairs and pairs of pairs: the chain of dependent steps is what limits the speed.
    vf low = vf_madd(vf_madd(m, vf_set(-0x1.555c76p-3f), vf_set(0x1.99a4bep-3f)), z,
                     vf_madd(m, vf_set(-0x1.000006p-2f), vf_set(0x1.555548p-2f)));
    vf high = vf_madd(vf_madd(m, vf_set(-0x1.de5862p-4f), vf_set(0x1.e6f210p-4f)), z,
                      vf_madd(m, vf_set(-0x1.fc1cc6p-4f), vf_set(0x1.2336e6p-3f)));
    high = vf_madd(zz, vf_set(0x1.1474eap-4f), high);
    vf y = vf_madd(high, zz, low) * m * z;
    y = vf_madd(n, vf_set(-0x1.bd0106p-13f), y);  // low part of ln 2, with 355/512 as the high part
    y = vf_madd(z, vf_set(-0.5f), y);
    return vf_madd(n, vf_set(0x1.63p-1f), m + y);
}
NJ_INLINE vf vf_log(vf x) {
    vi rare = ~((x >= vf_set(0x1p-126f)) & (x < vf_set(INFINITY)));
    if (__builtin_expect(!vi_any(rare), 1)) return vf_log_normal(x, vi_set(0));
    vi tiny = x < vf_set(0x1p-126f);
    vf y = vf_log_normal(vf_select(tiny, x * 0x1p+24f, x), tiny & 24);
    y = vf_select(x == vf_set(INFINITY), x, y);
    y = vf_select(x == vf_set(0), vf_set(-INFINITY), y);
    y = vf_select(x < vf_set(0), vf_set(NAN), y);
    return vf_select(x != x, x, y);
}

// With z = e^-|x|, which never overflows: 1 / (1 + z) right of zero, z / (1 + z) left of it. What z and 1 + z lost in
// rounding is put right to first order (without, the error is above 2 ulp left of zero); 1 / (1 + z) is 1 - z / (1 + z).
NJ_INLINE vf vf_sigmoid(vf x) {
    vf low, z = vf_exp_parts(vf_negate(vf_abs(x)), &low);
    vi left = x < vf_set(0);
    vf below = 1.0f + z, lost = (z - (below - 1.0f)) + low;
    vf y = vf_select(left, z, vf_set(1)) / below;
    vf top = vf_select(left, low, vf_set(0));
    return vf_madd(top - y * lost, vf_select(left, 1.0f - y, y), y);
}

NJ_INLINE vf vf_tanh(vf x) {
    vf a = vf_abs(x), z = x * x;
    vf p = vf_set(-0x1.76a8b6p-8f);
    p = vf_madd(p, z, vf_set(0x1.525606p-6f));
    p = vf_madd(p, z, vf_set(-0x1.b84424p-5f));
    p = vf_madd(p, z, vf_set(0x1.110768p-3f));
    p = vf_madd(p, z, vf_set(-0x1.555534p-2f));
    vf near = vf_madd(p * z, x, x);
    vf far = 1.0f - 2.0f / (vf_exp(a + a) + 1.0f);
    vf y = vf_select(a < vf_set(0.625f), near, far);
    y = vi_float_bits(vf_bits(y) | (vf_bits(x) & INT32_MIN));  // odd, also at -0
    return vf_select(x != x, x, y);
}

// ---- In double ----

// e^r - 1 for |r| <= 0.35, Taylor to r^11.
NJ_INLINE vd vd_expm1_core(vd r) {
    vd p = vd_set(1.0 / 39916800);
    p = vd_madd(p, r, vd_set(1.0 / 3628800));
    p = vd_madd(p, r, vd_set(1.0 / 362880));
    p = vd_madd(p, r, vd_set(1.0 / 40320));
    p = vd_madd(p, r, vd_set(1.0 / 5040));
    p = vd_madd(p, r, vd_set(1.0 / 720));
    p = vd_madd(p, r, vd_set(1.0 / 120));
    p = vd_madd(p, r, vd_set(1.0 / 24));
    p = vd_madd(p, r, vd_set(1.0 / 6));
    p = vd_madd(p, r, vd_set(0.5));
    return vd_madd(p * r, r, r);
}

// Rounds to an integer, and 2^that, for |x| < 1000.
NJ_INLINE vd vd_round_small(vd x) { return (x + 0x1.8p+52) - 0x1.8p+52; }
NJ_INLINE vd vd_power_of_two(vd n) { return vl_double_bits(vd_bits(n + (0x1.8p+52 + 1023)) << 52); }

NJ_INLINE vd vd_expm1_half(vd x) {
    // Beyond these bounds the float result no longer changes.
    vd t = vd_select(x > vd_set(90), vd_set(90), x);
    t = vd_select(t < vd_set(-30), vd_set(-30), t);
    vd n = vd_round_small(t * 0x1.71547652b82fep+0);
    vd r = vd_madd(n, vd_set(-0x1.62e42fee00000p-1), t);
    r = vd_madd(n, vd_set(-0x1.a39ef35793c76p-33), r);
    vd power = vd_power_of_two(n);
    vd y = vd_madd(power, vd_expm1_core(r), power - 1.0);
    return vd_select(x != x, x, y);
}

// log2(x) for x > 0, finite and normal; relative error about 1e-13. With m as in vf_log and s = (m - 1) / (m + 1),
// log m = 2 atanh s.
NJ_INLINE vd vd_log_parts(vd x, vd *exponent) {
    vl bits = vd_bits(x);
    vl e = ((bits - INT64_C(0x3FE6A09E667F3BCD)) >> 52);
    vd m = vl_double_bits(bits - (e << 52));
    *exponent = __builtin_convertvector(__builtin_convertvector(e, vih), vd);
    return (m - 1.0) / (m + 1.0);
}
NJ_INLINE vd vd_atanh_twice(vd s) {
    vd z = s * s;
    vd p = vd_set(2.0 / 17);
    p = vd_madd(p, z, vd_set(2.0 / 15));
    p = vd_madd(p, z, vd_set(2.0 / 13));
    p = vd_madd(p, z, vd_set(2.0 / 11));
    p = vd_madd(p, z, vd_set(2.0 / 9));
    p = vd_madd(p, z, vd_set(2.0 / 7));
    p = vd_madd(p, z, vd_set(2.0 / 5));
    p = vd_madd(p, z, vd_set(2.0 / 3));
    return vd_madd(p * z, s, s + s);
}

// log(1 + x): near zero from s = x / (2 + x), which loses nothing; elsewhere 1 + x is exact enough in double.
NJ_INLINE vd vd_log1p_half(vd x) {
    vl near = vd_abs(x) < vd_set(0.25);
    vl good = (x > vd_set(-1)) & (x < vd_set(INFINITY));
    vd t = vd_select(good, x, vd_set(0));
    vd n, s = vd_log_parts(1.0 + t, &n);
    s = vd_select(near, t / (2.0 + t), s);
    n = vd_select(near, vd_set(0), n);
    vd y = vd_madd(n, vd_set(0x1.62e42fefa39efp-1), vd_atanh_twice(s));
    y = vd_select(x == vd_set(0), x, y);
    y = vd_select(x == vd_set(-1), vd_set(-INFINITY), y);
    y = vd_select(x == vd_set(INFINITY), x, y);
    y = vd_select(x < vd_set(-1), vd_set(NAN), y);
    return vd_select(x != x, x, y);
}

NJ_INLINE vd vd_erf_half(vd x) {
    vd a = vd_abs(x), z = x * x;
    vl small = a <= vd_set(1);
    z = vd_select(small, z, vd_set(0));
    vd p = vd_set(0x1.1c9230b03c5f7p-20);
    p = vd_madd(p, z, vd_set(-0x1.d2e09affc68e9p-17));
    p = vd_madd(p, z, vd_set(0x1.f586cd2d6186ep-14));
    p = vd_madd(p, z, vd_set(-0x1.bfe2368dc9321p-11));
    p = vd_madd(p, z, vd_set(0x1.56589835d675ap-8));
    p = vd_madd(p, z, vd_set(-0x1.b82cbbbb9a920p-6));
    p = vd_madd(p, z, vd_set(0x1.ce2f20ade5dfdp-4));
    p = vd_madd(p, z, vd_set(-0x1.812746adf8084p-2));
    p = vd_madd(p, z, vd_set(0x1.20dd750428d5bp+0));
    vd near = p * x;
    // On [1, 4], in u = (|x| - 2.5) / 1.5; beyond 4 the float result is 1.
    vd u = (vd_select(a < vd_set(4), a, vd_set(4)) - 2.5) * (1 / 1.5);
    static const double c[19] = {
        0x1.ffcaa8f4b591fp-1,  0x1.ac44a27d55730p-9,  -0x1.9180549a628f3p-7, 0x1.cdba000842f32p-6,
        -0x1.65966d74b5665p-5, 0x1.7c8c4484d17d9p-5,  -0x1.05207ae89db1cp-5, 0x1.2fae63e943ba9p-7,
        0x1.b58792c47c1a9p-8,  -0x1.3b47d6fbd232fp-7, 0x1.2ae20134298d8p-8,  0x1.cfcb78dd1cc95p-12,
        -0x1.e88c5ee6ec055p-10, 0x1.e2698c563c0aep-11, 0x1.b463ff6504b86p-14, -0x1.34dcd5e5ad3c9p-12,
        0x1.391728d59d076p-14, 0x1.15cb677599207p-15, -0x1.f4f665a528d55p-17};
    vd q = vd_set(c[18]);
    for (int i = 17; i >= 0; i--) q = vd_madd(q, u, vd_set(c[i]));
    vd far = vd_select(x < vd_set(0), -q, q);
    return vd_select(x != x, x, vd_select(small, near, far));
}

// sin(x + quarter * pi / 2) for |x| <= 2^20. The high part of pi / 2 has 33 bits, so n * high is exact.
NJ_INLINE vd vd_sin_half(vd x, int quarter) {
    vd n = vd_round_small(x * 0x1.45f306dc9c883p-1);
    vd r = vd_madd(n, vd_set(-0x1.921fb54400000p+0), x);
    r = vd_madd(n, vd_set(-0x1.0b4611a600000p-34), r);
    r = vd_madd(n, vd_set(-0x1.3198a2e037073p-69), r);
    vl k = vd_bits(n + (0x1.8p+52 + quarter));
    vd z = r * r;
    vd s = vd_set(-1.0 / 39916800);
    s = vd_madd(s, z, vd_set(1.0 / 362880));
    s = vd_madd(s, z, vd_set(-1.0 / 5040));
    s = vd_madd(s, z, vd_set(1.0 / 120));
    s = vd_madd(s, z, vd_set(-1.0 / 6));
    s = vd_madd(s * z, r, r);
    vd c = vd_set(1.0 / 479001600);
    c = vd_madd(c, z, vd_set(-1.0 / 3628800));
    c = vd_madd(c, z, vd_set(1.0 / 40320));
    c = vd_madd(c, z, vd_set(-1.0 / 720));
    c = vd_madd(c, z, vd_set(1.0 / 24));
    c = vd_madd(c, z, vd_set(-0.5));
    c = vd_madd(c, z, vd_set(1));
    vd y = vd_select(-(k & 1), c, s);
    return vl_double_bits(vd_bits(y) ^ ((k & 2) << 62));
}

NJ_INLINE vf vf_both_halves_sin(vf x, int quarter) {
    return vf_join(vd_sin_half(vf_low(x), quarter), vd_sin_half(vf_high(x), quarter));
}

// Large, infinite and NaN lanes go through the C library in double, whose error is far below float32's.
static __attribute__((noinline, unused)) void nj_sin_large(float *y, const float *x, int cosine) {
    for (int i = 0; i < NJ_W; i++)
        if (!(fabsf(x[i]) <= 0x1p+20f)) y[i] = (float)(cosine ? cos((double)x[i]) : sin((double)x[i]));
}
NJ_INLINE vf vf_circular(vf x, int cosine) {
    vi large = ~(vf_abs(x) <= vf_set(0x1p+20f));
    vf y = vf_both_halves_sin(vf_select(large, vf_set(0), x), cosine);
    if (vi_any(large)) {
        float in[NJ_W], out[NJ_W];
        vf_store(in, x);
        vf_store(out, y);
        nj_sin_large(out, in, cosine);
        y = vf_load(out);
    }
    return y;
}
NJ_INLINE vf vf_sin(vf x) { return vf_select(x == vf_set(0), x, vf_circular(x, 0)); }
NJ_INLINE vf vf_cos(vf x) { return vf_circular(x, 1); }

NJ_INLINE vf vf_expm1(vf x) {
    vf y = vf_join(vd_expm1_half(vf_low(x)), vd_expm1_half(vf_high(x)));
    return vf_select(x == vf_set(0), x, y);  // keeps -0
}
NJ_INLINE vf vf_log1p(vf x) { return vf_join(vd_log1p_half(vf_low(x)), vd_log1p_half(vf_high(x))); }
NJ_INLINE vf vf_erf(vf x) { return vf_join(vd_erf_half(vf_low(x)), vd_erf_half(vf_high(x))); }

// |x|^y = 2^(y log2 |x|), then IEEE's cases.
NJ_INLINE vd vd_pow_half(vd x, vd y) {
    vd n, s = vd_log_parts(x, &n);
    vd log2 = vd_madd(vd_atanh_twice(s), vd_set(0x1.71547652b82fep+0), n);
    vd t = y * log2;
    t = vd_select(t > vd_set(200), vd_set(200), t);
    t = vd_select(t < vd_set(-200), vd_set(-200), t);
    n = vd_round_small(t);
    vd power = vd_power_of_two(n);
    return vd_madd(power, vd_expm1_core((t - n) * 0x1.62e42fefa39efp-1), power);
}
NJ_INLINE vf vf_pow(vf x, vf y) {
    vf ax = vf_abs(x), ay = vf_abs(y);
    vi ordinary = (ax > vf_set(0)) & (ax < vf_set(INFINITY)) & (ay < vf_set(INFINITY));
    vf bx = vf_select(ordinary, ax, vf_set(1)), by = vf_select(ordinary, y, vf_set(1));
    vf r = vf_join(vd_pow_half(vf_low(bx), vf_low(by)), vd_pow_half(vf_high(bx), vf_high(by)));

    // Which y are integers, and odd: those below 2^24 that rounding leaves alone; larger ones are even.
    vf reduced = vf_select(ay < vf_set(0x1p+24f), y, vf_set(0));
    vi whole = vf_to_int(reduced);
    vi integer = (vi_to_float(whole) == reduced);
    vi odd = integer & -(whole & 1);
    integer |= ~(ay < vf_set(0x1p+24f));
    vi negative = (vf_bits(x) >> 31);

    // Zero and infinite bases, infinite exponents.
    vi zero = ax == vf_set(0), endless = ax == vf_set(INFINITY), y_endless = ay == vf_set(INFINITY);
    vi down = y < vf_set(0);
    vf at_zero = vf_select(down, vf_set(INFINITY), vf_set(0));
    vf at_endless = vf_select(down, vf_set(0), vf_set(INFINITY));
    r = vf_select(zero, at_zero, r);
    r = vf_select(endless, at_endless, r);
    r = vf_select(y_endless, vf_select(ax < vf_set(1), at_zero, at_endless), r);
    r = vi_float_bits(vf_bits(r) ^ (negative & odd & INT32_MIN));
    r = vf_select(negative & ~integer & ~zero & ~endless & (ax == ax), vf_set(NAN), r);
    r = vf_select(y_endless & (ax == vf_set(1)), vf_set(1), r);
    r = vf_select((x != x) | (y != y), x + y, r);
    return vf_select((x == vf_set(1)) | (y == vf_set(0)), vf_set(1), r);
}

NJ_INLINE vf vf_sqrt(vf x) { return __builtin_elementwise_sqrt(x); }

#endif
