// Debian's OpenBLAS, as a module for Swift. Called single-threaded from our own tiles.
#include <cblas.h>
void openblas_set_num_threads(int num_threads);

// LAPACK, which the same library holds. Debian's header files for it are in other packages (liblapacke-dev), so the
// Fortran functions that are used are declared here. Matrices are column by column, integers have 32 bits, and texts are
// followed by their lengths at the end of the arguments.
void sgetrf_(const int *m, const int *n, float *a, const int *lda, int *pivots, int *info);
void dgetrf_(const int *m, const int *n, double *a, const int *lda, int *pivots, int *info);
void sgetri_(const int *n, float *a, const int *lda, const int *pivots, float *work, const int *lwork, int *info);
void dgetri_(const int *n, double *a, const int *lda, const int *pivots, double *work, const int *lwork, int *info);
void dgesvd_(const char *jobu, const char *jobvt, const int *m, const int *n, double *a, const int *lda, double *s,
             double *u, const int *ldu, double *vt, const int *ldvt, double *work, const int *lwork, int *info,
             unsigned long jobu_length, unsigned long jobvt_length);
