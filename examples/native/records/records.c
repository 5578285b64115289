// Reads small images with classes from one file:
//
//   cc -O2 -shared -fPIC -I ../../../Sources/CNative/include -o records.so records.c
//
// "REC1", then whole numbers of four bytes, least first: how many images, how many classes, height, width; then for each
// image its class (one byte, from 0) and its pixels (one byte each, row by row).
#include <nightjar_plugin.h>
#include <string.h>

enum { HEADER = 20 };

static uint32_t number(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static const char *measure(const uint8_t *bytes, size_t size, nightjar_samples *samples) {
    if (size < HEADER || memcmp(bytes, "REC1", 4) != 0) return "it does not begin with REC1 and four numbers";
    uint32_t count = number(bytes + 4), classes = number(bytes + 8), height = number(bytes + 12), width = number(bytes + 16);
    if (classes < 2 || classes > 256) return "it has a number of classes other than 2 to 256";
    if (height < 1 || height > 4096 || width < 1 || width > 4096) return "its images are not 1 to 4096 pixels high and wide";
    // No product can be too large: each factor has been looked at.
    size_t record = 1 + (size_t)height * width;
    if (count < 1 || (size - HEADER) / record != count || (size - HEADER) % record != 0) {
        return "it has not as many bytes as its images take";
    }
    samples->count = count;
    samples->classes = (int32_t)classes;
    samples->type = NIGHTJAR_UINT8;
    samples->sample = (nightjar_shape){.rank = 3, .extents = {height, width, 1}};
    return NULL;
}

static const char *fill(const uint8_t *bytes, size_t size, const nightjar_samples *samples, void *inputs, int32_t *labels) {
    (void)size;
    size_t pixels = (size_t)(samples->sample.extents[0] * samples->sample.extents[1]);
    const uint8_t *record = bytes + HEADER;
    for (int64_t i = 0; i < samples->count; i++, record += 1 + pixels) {
        if (record[0] >= samples->classes) return "an image has a class that is not below the number of classes";
        labels[i] = record[0];
        memcpy((uint8_t *)inputs + (size_t)i * pixels, record + 1, pixels);
    }
    return NULL;
}

// Two images of one row and two pixels.
static const uint8_t example[] = {'R', 'E', 'C', '1', 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 10, 20, 1, 30, 40};

static const nightjar_reader readers[] = {
    {"records", "images with classes, one byte a pixel", measure, fill, example, sizeof example},
};

NIGHTJAR_PLUGIN(NULL, 0, readers, 1, NULL, 0)
