// Questions about descriptions.
#ifndef NJ_PROGRAM_CHECK_H
#define NJ_PROGRAM_CHECK_H

#include <stdbool.h>

#include "kernel_set.h"

bool nj_program_check(const nj_program_desc *desc);
int nj_operand_count(uint8_t op);  // of an elementwise operation; 0 for others
int nj_register_operands(uint8_t op);  // registers that any operation reads: the first of a, b and c
bool nj_is_row_operation(uint8_t op);
bool nj_is_accumulation(uint8_t op);
// A mean or a sum of squared deviations.
bool nj_is_moment(uint8_t op);
// An accumulation with a result for each column.
bool nj_is_for_columns(uint8_t op);
// Whether all operands that stand for the product are FULL and have its type.
bool nj_product_operands_fit(const nj_program_desc *desc, uint8_t dtype);

#endif
