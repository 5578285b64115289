// Winograd's minimal filtering (Winograd 1980; Lavin and Gray 2016, "Fast algorithms for convolutional neural
// networks"), along one axis: m results of a kernel of r taps from m + r - 1 products, one for each point of a set.
//   result = At ((G w) . (Bt x))        weights' gradient = Gt ((A dy) . (Bt x))
// A and G evaluate a polynomial at the points; At and Gt are their transposes. G also divides by N_p, the product of
// p - q over the other points q. The points come in the order 1, -1, 0, infinity, 2, -2, 1/2, -1/2; there are as many as
// products.
//
// A short tile has one result less and leaves out the last point. Its weights are those of a full tile, divided by the
// N_p of all points, and Bt makes up for that: its rows take p minus the point left out as a factor.
#ifndef NJ_KERNELS_WINOGRAD_STEPS_H
#define NJ_KERNELS_WINOGRAD_STEPS_H

#include "vector.h"

#define NJ_UNROLL _Pragma("clang loop unroll(full)")

static const float wg_powers[3][6] = {
    {1, 1, 1, 1, 1, 1}, {1, 2, 4, 8, 16, 32}, {1, 0.5f, 0.25f, 0.125f, 0.0625f, 0.03125f},
};

// A point and its negative follow each other.
NJ_INLINE int wg_pair_at(int pair) { return pair == 0 ? 0 : 2 + 2 * pair; }
NJ_INLINE int wg_pairs(int points) { return points < 5 ? 1 : (points - 1) / 2; }

NJ_INLINE void wg_evaluate(const vf *x, int terms, vf *y, int points) {
    y[2] = x[0];
    y[3] = x[terms - 1];
    NJ_UNROLL for (int q = 0; q < wg_pairs(points); q++) {
        vf even = x[0], odd = q == 0 ? x[1] : x[1] * wg_powers[q][1];
        NJ_UNROLL for (int i = 2; i < terms; i += 2) even = vf_madd(vf_set(wg_powers[q][i]), x[i], even);
        NJ_UNROLL for (int i = 3; i < terms; i += 2) odd = vf_madd(vf_set(wg_powers[q][i]), x[i], odd);
        y[wg_pair_at(q)] = even + odd;
        if (wg_pair_at(q) + 1 < points) y[wg_pair_at(q) + 1] = even - odd;
    }
}
NJ_INLINE void wg_combine(const vf *x, int points, vf *y, int terms) {
    vf even[3], odd[3];
    NJ_UNROLL for (int q = 0; q < wg_pairs(points); q++) {
        const vf *p = x + wg_pair_at(q);
        bool alone = wg_pair_at(q) + 1 == points;
        even[q] = alone ? p[0] : p[0] + p[1];
        odd[q] = alone ? p[0] : p[0] - p[1];
    }
    NJ_UNROLL for (int i = 0; i < terms; i++) {
        const vf *part = i % 2 == 0 ? even : odd;
        y[i] = part[0];
        if (i == 0) y[i] = y[i] + x[2];
        if (i == terms - 1) y[i] = y[i] + x[3];
        NJ_UNROLL for (int q = 1; q < wg_pairs(points); q++) y[i] = vf_madd(vf_set(wg_powers[q][i]), part[q], y[i]);
    }
}

// 1 / N_p; in some sets the sign of a point's row of Bt is turned, and with it that of its row here.
#define NJ_WG_SCALE_4 {0.5f, 0.5f, 1, 1}
#define NJ_WG_SCALE_6 {-1.0f / 6, -1.0f / 6, 0.25f, 1, 1.0f / 24, 1.0f / 24}
#define NJ_WG_SCALE_8 {-2.0f / 9, -2.0f / 9, 1, 1, 1.0f / 90, 1.0f / 90, 32.0f / 45, 32.0f / 45}

#define NJ_WG_RESULT(n, m)                                                                         \
    NJ_INLINE void wg_output_##n##_##m(const vf *x, vf *y) { wg_combine(x, n, y, m); }             \
    NJ_INLINE void wg_gradient_##m##_##n(const vf *x, vf *y) { wg_evaluate(x, m, y, n); }
#define NJ_WG_KERNEL(r, n)                                                                         \
    NJ_INLINE void wg_weights_##r##_##n(const vf *x, vf *y) {                                      \
        static const float scale[n] = NJ_WG_SCALE_##n;                                             \
        wg_evaluate(x, r, y, n);                                                                   \
        NJ_UNROLL for (int p = 0; p < n; p++) y[p] = y[p] * scale[p];                              \
    }                                                                                              \
    NJ_INLINE void wg_back_##n##_##r(const vf *x, vf *y) {                                         \
        static const float scale[n] = NJ_WG_SCALE_##n;                                             \
        vf scaled[n];                                                                              \
        NJ_UNROLL for (int p = 0; p < n; p++) scaled[p] = x[p] * scale[p];                         \
        wg_combine(scaled, n, y, r);                                                               \
    }
NJ_WG_RESULT(8, 6) NJ_WG_RESULT(7, 5)
NJ_WG_RESULT(8, 4) NJ_WG_RESULT(7, 3)
NJ_WG_RESULT(6, 4) NJ_WG_RESULT(5, 3)
NJ_WG_RESULT(4, 2)
NJ_WG_KERNEL(3, 8)
NJ_WG_KERNEL(5, 8)
NJ_WG_KERNEL(3, 6)
NJ_WG_KERNEL(3, 4)

// Bt
NJ_INLINE void wg_input_8(const vf *x, vf *y) {
    vf a = vf_madd(vf_set(-4.25f), x[4], x[2] + x[6]), b = vf_madd(vf_set(-4.25f), x[3], x[1] + x[5]);
    vf c = vf_madd(vf_set(0.25f), x[2], vf_madd(vf_set(-1.25f), x[4], x[6]));
    vf d = vf_madd(vf_set(0.5f), x[1], vf_madd(vf_set(-2.5f), x[3], x[5] * 2.0f));
    vf e = vf_madd(vf_set(4), x[2], vf_madd(vf_set(-5), x[4], x[6]));
    vf f = vf_madd(vf_set(0.5f), x[5], vf_madd(vf_set(-2.5f), x[3], x[1] * 2.0f));
    y[0] = a + b;
    y[1] = a - b;
    y[2] = vf_madd(vf_set(5.25f), x[4] - x[2], x[0] - x[6]);
    y[3] = vf_madd(vf_set(5.25f), x[3] - x[5], x[7] - x[1]);
    y[4] = c + d;
    y[5] = c - d;
    y[6] = e + f;
    y[7] = e - f;
}
NJ_INLINE void wg_input_7(const vf *x, vf *y) {
    vf a = vf_madd(vf_set(-2), x[1], vf_madd(vf_set(2.5f), x[3], x[5] * -0.5f));
    vf b = vf_madd(vf_set(-4), x[2], x[4]) * 0.75f, c = (x[4] - x[2]) * 3.75f;
    y[0] = vf_madd(vf_set(3), x[1], vf_madd(vf_set(-6.75f), x[3], vf_madd(vf_set(1.5f), x[5], b)));
    y[1] = x[1] + vf_madd(vf_set(1.75f), x[3], vf_madd(vf_set(-0.5f), x[5], b));
    y[2] = x[0] + vf_madd(vf_set(-1.25f), x[2], vf_madd(vf_set(0.25f), x[4], a));
    y[3] = x[6] + vf_madd(vf_set(4), x[2], vf_madd(vf_set(-5), x[4], a));
    y[4] = vf_madd(vf_set(2.5f), x[1] + x[5], vf_madd(vf_set(-5), x[3], c));
    y[5] = vf_madd(vf_set(1.5f), x[1] - x[5], c);
    y[6] = vf_madd(vf_set(4), x[1], vf_madd(vf_set(-5), x[3], x[5]));
}
NJ_INLINE void wg_input_6(const vf *x, vf *y) {
    vf a = vf_madd(vf_set(-4), x[2], x[4]), b = vf_madd(vf_set(-4), x[1], x[3]);
    vf c = x[4] - x[2], d = (x[3] - x[1]) * 2.0f;
    y[0] = a + b;
    y[1] = a - b;
    y[2] = vf_madd(vf_set(4), x[0], vf_madd(vf_set(-5), x[2], x[4]));
    y[3] = vf_madd(vf_set(4), x[1], vf_madd(vf_set(-5), x[3], x[5]));
    y[4] = c + d;
    y[5] = c - d;
}
NJ_INLINE void wg_input_5(const vf *x, vf *y) {
    vf a = x[3] - x[2], b = x[3] - x[1];
    y[0] = vf_madd(vf_set(-2), x[1], a) * 3.0f;
    y[1] = vf_madd(vf_set(-2), x[2] - x[1], a);
    y[2] = vf_madd(vf_set(4), x[0] - x[2], b * 2.0f);
    y[3] = vf_madd(vf_set(-2), b, x[4] - x[2]);
    y[4] = b * 4.0f;
}
NJ_INLINE void wg_input_4(const vf *x, vf *y) {
    y[0] = x[1] + x[2];
    y[1] = x[2] - x[1];
    y[2] = x[0] - x[2];
    y[3] = x[3] - x[1];
}

// An image of 2 pixels with a border of zeros needs 3 products an axis, not 4: of w0 x-1 + w1 x0 + w2 x1 and
// w0 x0 + w1 x1 + w2 x2 only x0 and x1 count, and with p = w1 (x0 + x1) they are p + (w2 - w1) x1 and p + (w0 - w1) x0.
NJ_INLINE void wg_input_3(const vf *x, vf *y) {
    y[0] = x[1] + x[2];
    y[1] = x[2];
    y[2] = x[1];
}
NJ_INLINE void wg_output_3_2(const vf *x, vf *y) {
    y[0] = x[0] + x[1];
    y[1] = x[0] + x[2];
}
NJ_INLINE void wg_gradient_2_3(const vf *x, vf *y) {
    y[0] = x[0] + x[1];
    y[1] = x[0];
    y[2] = x[1];
}
NJ_INLINE void wg_weights_3_3(const vf *x, vf *y) {
    y[0] = x[1];
    y[1] = x[2] - x[1];
    y[2] = x[0] - x[1];
}
NJ_INLINE void wg_back_3_3(const vf *x, vf *y) {
    y[0] = x[2];
    y[1] = x[0] - (x[1] + x[2]);
    y[2] = x[1];
}

// A kernel of 3 taps that takes steps of 2 sees every other pixel with its middle tap alone, and those between with the
// others: y_i = w1 x_2i+1 + (w0 x_2i + w2 x_2i+2). The second part is minimal filtering with 2 taps, at the points
// 1, -1, 0, infinity, 2; the first needs a product for each result, all with the same weight. The points of a tile: the
// first four, the products of results 0, 1, 2 with the middle tap, 2, and the product of result 3; a short tile leaves
// out the last two. The gradient for the image is spread likewise: dx_2i = w1 dy_i, dx_2i+1 = w2 dy_i + w0 dy_i+1.
NJ_INLINE void wg_place_7(const vf *between, const vf *middle, vf *y) {
    NJ_UNROLL for (int p = 0; p < 4; p++) y[p] = between[p];
    NJ_UNROLL for (int i = 0; i < 3; i++) y[4 + i] = middle[i];
}
NJ_INLINE void wg_place_9(const vf *between, const vf *middle, vf *y) {
    wg_place_7(between, middle, y);
    y[7] = between[4];
    y[8] = middle[3];
}
// Bt of the part between, short.
NJ_INLINE void wg_between_4(const vf *x, vf *y) {
    y[0] = (x[1] + x[2]) * -3.0f;
    y[1] = (x[1] - x[2]) * 3.0f;
    y[2] = (x[0] - x[2]) * 4.0f;
    y[3] = x[3] - x[1];
}
NJ_INLINE void wg_between_9(const vf *x, vf *y) {
    y[0] = x[0], y[1] = x[1], y[2] = x[2], y[3] = x[3], y[4] = x[7];
}

NJ_INLINE void wg_strided_input_9(const vf *x, vf *y) {
    vf even[5] = {x[0], x[2], x[4], x[6], x[8]}, odd[4] = {x[1], x[3], x[5], x[7]}, z[5];
    wg_input_5(even, z);
    wg_place_9(z, odd, y);
}
NJ_INLINE void wg_strided_input_7(const vf *x, vf *y) {
    vf even[4] = {x[0], x[2], x[4], x[6]}, odd[3] = {x[1], x[3], x[5]}, z[4];
    wg_between_4(even, z);
    wg_place_7(z, odd, y);
}
NJ_INLINE void wg_strided_output_9_4(const vf *x, vf *y) {
    vf z[5];
    wg_between_9(x, z);
    wg_combine(z, 5, y, 4);
    y[0] = y[0] + x[4], y[1] = y[1] + x[5], y[2] = y[2] + x[6], y[3] = y[3] + x[8];
}
NJ_INLINE void wg_strided_output_7_3(const vf *x, vf *y) {
    wg_combine(x, 4, y, 3);
    NJ_UNROLL for (int i = 0; i < 3; i++) y[i] = y[i] + x[4 + i];
}
NJ_INLINE void wg_strided_gradient_4_9(const vf *x, vf *y) {
    vf z[5];
    wg_evaluate(x, 4, z, 5);
    wg_place_9(z, x, y);
}
NJ_INLINE void wg_strided_gradient_3_7(const vf *x, vf *y) {
    vf z[4];
    wg_evaluate(x, 3, z, 4);
    wg_place_7(z, x, y);
}
// Weights of the five points, the middle tap before the last.
NJ_INLINE void wg_strided_weights_3_6(const vf *x, vf *y) {
    static const float scale[6] = NJ_WG_SCALE_6;
    vf taps[2] = {x[0], x[2]}, z[5];
    wg_evaluate(taps, 2, z, 5);
    NJ_UNROLL for (int p = 0; p < 4; p++) y[p] = z[p] * scale[p];
    y[4] = x[1];
    y[5] = z[4] * scale[4];
}
NJ_INLINE void wg_strided_back_6_3(const vf *x, vf *y) {
    static const float scale[6] = NJ_WG_SCALE_6;
    vf z[5], taps[2];
    NJ_UNROLL for (int p = 0; p < 5; p++) z[p] = x[p == 4 ? 5 : p] * scale[p];
    wg_combine(z, 5, taps, 2);
    y[0] = taps[0], y[1] = x[4], y[2] = taps[1];
}
NJ_INLINE void wg_spread_input_5_9(const vf *x, vf *y) {
    vf z[5];
    wg_input_5(x, z);
    wg_place_9(z, x, y);
}
NJ_INLINE void wg_spread_input_4_7(const vf *x, vf *y) {
    vf z[4];
    wg_between_4(x, z);
    wg_place_7(z, x, y);
}
NJ_INLINE void wg_spread_output_9_8(const vf *x, vf *y) {
    vf z[5], between[4];
    wg_between_9(x, z);
    wg_combine(z, 5, between, 4);
    y[0] = x[4], y[2] = x[5], y[4] = x[6], y[6] = x[8];
    NJ_UNROLL for (int i = 0; i < 4; i++) y[2 * i + 1] = between[i];
}
NJ_INLINE void wg_spread_output_7_6(const vf *x, vf *y) {
    vf between[3];
    wg_combine(x, 4, between, 3);
    NJ_UNROLL for (int i = 0; i < 3; i++) y[2 * i] = x[4 + i], y[2 * i + 1] = between[i];
}

#endif
