#include "CZeroMQ.h"
#include <CProcess.h>
#include <errno.h>
#include <zmq.h>

enum { MOST_SOCKETS = 8, LINGER_MS = 1000 };

// The functions, with the types that the header gives them.
static struct {
    __typeof__(&zmq_ctx_new) ctx_new;
    __typeof__(&zmq_ctx_term) ctx_term;
    __typeof__(&zmq_socket) socket;
    __typeof__(&zmq_setsockopt) setsockopt;
    __typeof__(&zmq_bind) bind;
    __typeof__(&zmq_close) close;
    __typeof__(&zmq_send) send;
    __typeof__(&zmq_msg_init) msg_init;
    __typeof__(&zmq_msg_recv) msg_recv;
    __typeof__(&zmq_msg_data) msg_data;
    __typeof__(&zmq_msg_size) msg_size;
    __typeof__(&zmq_msg_more) msg_more;
    __typeof__(&zmq_msg_close) msg_close;
    __typeof__(&zmq_poll) poll;
    __typeof__(&zmq_errno) error;
    __typeof__(&zmq_strerror) strerror;
} zmq;

bool njz_open(void) {
    const nj_symbol symbols[] = {
        {"zmq_ctx_new", &zmq.ctx_new}, {"zmq_ctx_term", &zmq.ctx_term}, {"zmq_socket", &zmq.socket},
        {"zmq_setsockopt", &zmq.setsockopt}, {"zmq_bind", &zmq.bind}, {"zmq_close", &zmq.close},
        {"zmq_send", &zmq.send}, {"zmq_msg_init", &zmq.msg_init}, {"zmq_msg_recv", &zmq.msg_recv},
        {"zmq_msg_data", &zmq.msg_data}, {"zmq_msg_size", &zmq.msg_size}, {"zmq_msg_more", &zmq.msg_more},
        {"zmq_msg_close", &zmq.msg_close}, {"zmq_poll", &zmq.poll}, {"zmq_errno", &zmq.error},
        {"zmq_strerror", &zmq.strerror},
    };
    return nj_library_open("libzmq.so.5", false, symbols, sizeof symbols / sizeof *symbols) == NJ_LIBRARY_OPEN;
}

void *njz_context(void) { return zmq.ctx_new(); }

void *njz_bind(void *context, njz_kind kind, const char *endpoint) {
    int type = kind == NJZ_PUBLISH ? ZMQ_PUB : kind == NJZ_REPLY ? ZMQ_REP : ZMQ_ROUTER;
    void *socket = zmq.socket(context, type);
    if (socket == NULL) return NULL;
    int linger = LINGER_MS, unlimited = 0, hand_over = 1;
    zmq.setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    // Whoever reaches the port can send before anybody has looked at the signature.
    int64_t most = NJZ_MOST_BYTES;
    zmq.setsockopt(socket, ZMQ_MAXMSGSIZE, &most, sizeof most);
    // What a cell prints is not dropped because it is much.
    zmq.setsockopt(socket, ZMQ_SNDHWM, &unlimited, sizeof unlimited);
    // A client that comes back under its old name is the one that is answered.
    if (type == ZMQ_ROUTER) zmq.setsockopt(socket, ZMQ_ROUTER_HANDOVER, &hand_over, sizeof hand_over);
    if (zmq.bind(socket, endpoint) == 0) return socket;
    int saved = zmq.error();
    zmq.close(socket);
    errno = saved;
    return NULL;
}

void njz_close(void *socket) { zmq.close(socket); }
void njz_end(void *context) { zmq.ctx_term(context); }
const char *njz_problem(void) { return zmq.strerror(zmq.error()); }

bool njz_send(void *socket, const void *bytes, size_t length, bool has_more) {
    int result;
    do {
        result = zmq.send(socket, bytes, length, has_more ? ZMQ_SNDMORE : 0);
    } while (result < 0 && zmq.error() == EINTR);
    return result >= 0;
}

int32_t njz_receive(void *socket, void *context, void (*take)(void *, const void *, size_t)) {
    zmq_msg_t part;
    if (zmq.msg_init(&part) != 0) return -1;
    if (zmq.msg_recv(&part, socket, ZMQ_DONTWAIT) < 0) {
        zmq.msg_close(&part);
        return -1;
    }
    take(context, zmq.msg_data(&part), zmq.msg_size(&part));
    int32_t more = zmq.msg_more(&part) ? 1 : 0;
    zmq.msg_close(&part);
    return more;
}

uint32_t njz_wait(void *const *sockets, int32_t count, int64_t milliseconds) {
    zmq_pollitem_t items[MOST_SOCKETS];
    if (count > MOST_SOCKETS) count = MOST_SOCKETS;
    for (int32_t i = 0; i < count; i++) items[i] = (zmq_pollitem_t){sockets[i], 0, ZMQ_POLLIN, 0};
    if (zmq.poll(items, count, (long)milliseconds) <= 0) return 0;
    uint32_t ready = 0;
    for (int32_t i = 0; i < count; i++) {
        if ((items[i].revents & ZMQ_POLLIN) != 0) ready |= 1u << i;
    }
    return ready;
}
