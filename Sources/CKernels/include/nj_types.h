// Element types and error codes that every kernel shares.
#ifndef NJ_TYPES_H
#define NJ_TYPES_H

#include <stddef.h>
#include <stdint.h>

// Element types in memory. The values equal DType.rawValue on the Swift side.
// Registers of a region hold NJ_F32, NJ_F64 or NJ_I32; NJ_U8 and NJ_BOOL widen to NJ_I32 when loaded
// (a mask is 0 or 1) and narrow when stored.
typedef enum nj_dtype { NJ_F32 = 0, NJ_F64 = 1, NJ_I32 = 2, NJ_U8 = 3, NJ_BOOL = 4 } nj_dtype;

// What a kernel found wrong with its data. Kernels go on with a harmless value; the engine reads the fault after
// the launch and turns it into an error with the script line of `tag`. The first fault (lowest tile) wins.
typedef enum nj_fault_code {
    NJ_OK = 0,
    NJ_FAULT_INDEX = 1,     // an index out of range
    NJ_FAULT_SINGULAR = 2,  // a matrix without an inverse; `position` is its place in the stack
    NJ_FAULT_RANGE = 3,     // a whole number that its type does not hold; `value`, as far as int64 holds it
    NJ_FAULT_ZERO = 4,      // a division of whole numbers by 0; `value` is the dividend
    NJ_FAULT_CAST = 5,      // a number that a type of whole numbers does not hold; `value` has the bits of a double
    NJ_FAULT_NATIVE = 6,    // what a kernel of a plugin said; `value` is the address of its text
} nj_fault_code;

typedef struct nj_fault {
    int32_t code;   // nj_fault_code
    int32_t tag;    // the instruction's `tag`: the engine's name for where it came from
    int64_t value;  // the offending index, 0-based, or what the code says
    int64_t limit;  // valid indices are 0 ..< limit
    int64_t position;  // the row at which it stood; for whole numbers, where the result has it, row after row
} nj_fault;

#endif
