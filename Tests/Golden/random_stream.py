"""Prints the numbers that RandomStreamTests.swift expects. Plain Python, written from the published descriptions.

    python3 Tests/Golden/random_stream.py

Philox4x32-10: Salmon et al. 2011 (its known answers are checked first). Keys: as documented at RandomStream.
"""

import math

M64, M32 = (1 << 64) - 1, (1 << 32) - 1
GOLDEN = 0x9E3779B97F4A7C15


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & M32, (p0 >> 32) ^ c[3] ^ k[1], p0 & M32]
        k = [(k[0] + 0x9E3779B9) & M32, (k[1] + 0xBB67AE85) & M32]
    return c


# Known answers from the Random123 distribution (kat_vectors).
assert philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
assert philox([M32] * 4, [M32] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M64
    return z ^ (z >> 31)


# First output of SplitMix64 from state 0.
assert mix(GOLDEN) == 0xE220A8397B1DCDAF


def absorb(key, word):
    return mix(mix((key + GOLDEN) & M64) ^ word)


def fnv1a(text):
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = ((h ^ byte) * 0x100000001B3) & M64
    return h


# From the FNV reference: the hash of "foobar".
assert fnv1a("foobar") == 0x85944171F73967E8


def stream(seed, purpose, index=0):
    return absorb(absorb(seed, fnv1a(purpose)), mix((index + GOLDEN) & M64))


def words(key, element):
    return philox([element & M32, element >> 32, 0, 0], [key & M32, key >> 32])


def bits(key, element):
    w = words(key, element)
    return w[1] << 32 | w[0]


def uniform(key, element):
    return (bits(key, element) >> 11) * 2.0**-53


def below(key, bound, element):
    return bits(key, element) * bound >> 64


def normal(key, element):
    w = words(key, element)
    u, v = ((w[1] << 32 | w[0]) >> 11) * 2.0**-53, ((w[3] << 32 | w[2]) >> 11) * 2.0**-53
    return math.sqrt(-2 * math.log1p(-u)) * math.cos(2 * math.pi * v)


def permutation(key, count):
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        other = below(key, last + 1, last)
        order[last], order[other] = order[other], order[last]
    return order


for seed, purpose, index in [(0, "", 0), (0, "shuffle", 0), (7, "shuffle", 3), (M64, "dropout/ž", M64)]:
    print(f'key {seed} "{purpose}" {index}: 0x{stream(seed, purpose, index):016X}')
key = stream(7, "shuffle", 3)
print(f'derive "a": 0x{absorb(key, fnv1a("a")):016X}')
print(f"derive 5: 0x{absorb(key, mix(5 + GOLDEN)):016X}")
elements = [0, 1, 2, 3, (1 << 32) + 5, M64]
print("bits", ", ".join(f"0x{bits(key, e):016X}" for e in elements))
print("uniform", [uniform(key, e) for e in elements])
print("below 10", [below(key, 10, e) for e in range(20)])
print("below 2^63-1", [below(key, (1 << 63) - 1, e) for e in range(2)])
print("normal", [normal(key, e) for e in range(8)])
print("permutation 16", permutation(key, 16))
print("normal sum", math.fsum(normal(key, e) for e in range(2000)))
print("normal fourth powers", math.fsum(normal(key, e) ** 4 for e in range(2000)))
