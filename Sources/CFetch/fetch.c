#include "CFetch.h"
#include <CProcess.h>
#include <curl/curl.h>
#include <stdio.h>

// The functions, with the types that the header gives them.
static struct {
    CURLcode (*global_init)(long);
    CURL *(*init)(void);
    void (*cleanup)(CURL *);
    CURLcode (*setopt)(CURL *, CURLoption, ...);
    CURLcode (*getinfo)(CURL *, CURLINFO, ...);
    CURLcode (*perform)(CURL *);
    const char *(*problem)(CURLcode);
} curl;

bool njf_open(void) {
    static bool is_open = false;
    if (is_open) return true;
    const nj_symbol symbols[] = {
        {"curl_global_init", &curl.global_init}, {"curl_easy_init", &curl.init},
        {"curl_easy_cleanup", &curl.cleanup},    {"curl_easy_setopt", &curl.setopt},
        {"curl_easy_getinfo", &curl.getinfo},    {"curl_easy_perform", &curl.perform},
        {"curl_easy_strerror", &curl.problem},
    };
    is_open = nj_library_open("libcurl.so.4", false, symbols, sizeof symbols / sizeof *symbols) == NJ_LIBRARY_OPEN &&
              curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    return is_open;
}

typedef struct transfer {
    const njf_request *request;
    CURL *handle;
    bool has_begun;
} transfer;

static size_t take(char *bytes, size_t size, size_t count, void *context) {
    transfer *self = context;
    const njf_request *request = self->request;
    if (!self->has_begun) {
        long status = 0;
        curl_off_t length = -1;
        curl.getinfo(self->handle, CURLINFO_RESPONSE_CODE, &status);
        curl.getinfo(self->handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
        self->has_begun = true;
        if (!request->begin(request->context, status, length)) return 0;
    }
    return request->take(request->context, bytes, size * count) ? size * count : 0;
}

static int goes_on(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up) {
    (void)total, (void)now, (void)up_total, (void)up;
    const transfer *self = context;
    return self->request->goes_on(self->request->context) ? 0 : 1;
}

static njf_outcome outcome_of(CURLcode code) {
    switch (code) {
        case CURLE_OK: return NJF_DONE;
        case CURLE_OPERATION_TIMEDOUT: return NJF_STALLED;
        case CURLE_TOO_MANY_REDIRECTS: return NJF_CIRCLE;
        case CURLE_WRITE_ERROR:
        case CURLE_ABORTED_BY_CALLBACK: return NJF_STOPPED;
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_OUT_OF_MEMORY: return NJF_REFUSED;
        default: return NJF_BROKEN;
    }
}

// Neither the address nor a server's redirection leads to anything but HTTP: a library that does not take the limit in
// words, as those before 7.85, takes it in bits.
static bool hold_to_http(CURL *handle) {
    if (curl.setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
        curl.setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https") == CURLE_OK) {
        return true;
    }
    const CURLoption protocols = (CURLoption)(CURLOPTTYPE_LONG + 181), redirected = (CURLoption)(CURLOPTTYPE_LONG + 182);
    const long http = CURLPROTO_HTTP | CURLPROTO_HTTPS;
    return curl.setopt(handle, protocols, http) == CURLE_OK && curl.setopt(handle, redirected, http) == CURLE_OK;
}

njf_answer njf_get(const njf_request *request) {
    njf_answer answer = {.outcome = NJF_REFUSED, .status = 0};
    transfer self = {.request = request, .handle = curl.init(), .has_begun = false};
    if (self.handle == NULL) {
        snprintf(answer.message, sizeof answer.message, "libcurl could not be started");
        return answer;
    }
    char problem[CURL_ERROR_SIZE] = "";
    char range[32];
    curl.setopt(self.handle, CURLOPT_URL, request->address);
    if (!hold_to_http(self.handle)) {
        snprintf(answer.message, sizeof answer.message, "this libcurl cannot be held to HTTP");
        curl.cleanup(self.handle);
        return answer;
    }
    curl.setopt(self.handle, CURLOPT_FOLLOWLOCATION, 1L);
    curl.setopt(self.handle, CURLOPT_MAXREDIRS, (long)request->most_redirections);
    curl.setopt(self.handle, CURLOPT_CONNECTTIMEOUT, (long)request->patience);
    curl.setopt(self.handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl.setopt(self.handle, CURLOPT_LOW_SPEED_TIME, (long)request->patience);
    curl.setopt(self.handle, CURLOPT_NOSIGNAL, 1L);
    curl.setopt(self.handle, CURLOPT_USERAGENT, "nightjar");
    curl.setopt(self.handle, CURLOPT_ERRORBUFFER, problem);
    curl.setopt(self.handle, CURLOPT_WRITEFUNCTION, take);
    curl.setopt(self.handle, CURLOPT_WRITEDATA, &self);
    curl.setopt(self.handle, CURLOPT_XFERINFOFUNCTION, goes_on);
    curl.setopt(self.handle, CURLOPT_XFERINFODATA, &self);
    curl.setopt(self.handle, CURLOPT_NOPROGRESS, 0L);
    if (request->from > 0) {
        // Compressed on the way, bytes would not be counted as they lie in the file: no encoding is asked for.
        snprintf(range, sizeof range, "%lld-", (long long)request->from);
        curl.setopt(self.handle, CURLOPT_RANGE, range);
    }
    CURLcode code = curl.perform(self.handle);
    curl.getinfo(self.handle, CURLINFO_RESPONSE_CODE, &answer.status);
    answer.outcome = outcome_of(code);
    // An empty answer has no bytes to begin with.
    if (code == CURLE_OK && !self.has_begun && !request->begin(request->context, answer.status, 0)) {
        answer.outcome = NJF_STOPPED;
    }
    if (code != CURLE_OK) {
        snprintf(answer.message, sizeof answer.message, "%s", problem[0] != '\0' ? problem : curl.problem(code));
    }
    curl.cleanup(self.handle);
    return answer;
}
