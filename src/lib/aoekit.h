/* libaoekit: ATA over Ethernet disks from user space, without the kernel's aoe module. The public C API.
 *
 * Threads. Every function may be called from any thread at any time, except that nothing else may use a client or a
 * disk while it is being freed or closed. A client does its work in a thread of its own, or, after
 * aoe_client_set_thread(client, AOE_THREAD_CALLER), only within aoe_client_poll() and the synchronous calls. Callbacks
 * run in whichever thread does the work, without any lock held: they may start requests, but must not call synchronous
 * functions, poll, close or free.
 *
 * Errors. Functions that return int or int64_t return a negative errno value on failure; aoe_error() then says in one
 * sentence what was wrong and what to do. Offsets and lengths are in bytes and multiples of AOE_SECTOR_BYTES.
 */
#ifndef AOEKIT_H
#define AOEKIT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AOE_SECTOR_BYTES 512u
#define AOE_PATHS_MAX 16u         /* of one disk */
#define AOE_FOREVER UINT32_MAX    /* for aoe_client_set_dead_seconds */
#define AOE_ANY_SHELF 0xffffu
#define AOE_ANY_SLOT 0xffu

typedef struct aoe_client aoe_client; /* the network side: interfaces, discovery, all disks found */
typedef struct aoe_disk aoe_disk;     /* an open disk of a client */

/* "0.1.0" */
const char *aoe_version(void);
/* Why the last call of this thread failed: one sentence. Never NULL; valid until the thread's next failing call. */
const char *aoe_error(void);

/* ---- Clients ---------------------------------------------------------------------------------------------------- */

/* A client that is not started yet. NULL if memory is short. */
aoe_client *aoe_client_new(void);

/* The settings; all before aoe_client_start(). */
/* Interface names, comma-separated; NULL or "": every Ethernet interface, also those that come later. -EINVAL. */
int aoe_client_set_interfaces(aoe_client *client, const char *names);
/* How long a disk may stay silent before its requests fail with EIO (default 180, like the kernel driver). It recovers
 * by itself when it answers again. AOE_FOREVER: requests wait instead. Also in milliseconds. */
int aoe_client_set_dead_seconds(aoe_client *client, uint32_t seconds);
int aoe_client_set_dead_ms(aoe_client *client, uint64_t milliseconds);
/* Requests unfinished at a time, over all disks (default 256, 1 to 4096). */
int aoe_client_set_requests(aoe_client *client, uint32_t count);
enum aoe_thread {
  AOE_THREAD_OWN = 0,   /* the client's own thread does the work (default) */
  AOE_THREAD_CALLER = 1 /* the caller's, in aoe_client_poll() */
};
int aoe_client_set_thread(aoe_client *client, enum aoe_thread thread);
/* How long the thread that does the work looks for answers before it sleeps (default 50 microseconds, at most 1000; 0:
 * never). It does so only while requests come and go, and less and less often where the wait is in vain: being woken
 * costs more than waiting awake for a moment, for the target that wakes it, too. */
int aoe_client_set_busy_wait_us(aoe_client *client, uint32_t microseconds);

enum aoe_event_kind {
  AOE_EVENT_APPEARED = 1, /* a disk was found and identified for the first time, or again after being forgotten */
  AOE_EVENT_UP = 2,       /* it answers again after it was down */
  AOE_EVENT_DOWN = 3,     /* it did not answer for dead_seconds */
  AOE_EVENT_RESIZED = 4,
  AOE_EVENT_PATHS = 5,    /* a path was found, lost or restored */
  AOE_EVENT_CONFLICT = 6, /* another disk answers to the same address; it is not used */
  AOE_EVENT_FORGOTTEN = 7
};
typedef struct aoe_event {
  enum aoe_event_kind kind;
  uint16_t shelf;
  uint8_t slot;
  const char *text; /* one sentence for a log; valid during the callback */
} aoe_event;
/* Tells of changes. Set before the start; NULL for none. An event of AOE_ANY_SHELF and AOE_ANY_SLOT: more happened than
 * could be told, look at all disks again. */
int aoe_client_on_event(aoe_client *client, void (*callback)(void *user, const aoe_event *event), void *user);

/* Opens the interfaces, starts the thread and asks the network who is there. -EPERM without CAP_NET_RAW, -ENODEV for an
 * interface that does not exist. */
int aoe_client_start(aoe_client *client);
/* Ends everything without waiting. Disks that are still open are closed with it: their unfinished requests fail with
 * -ECANCELED, within this call, and it is not known whether the target has done them. NULL is allowed. */
void aoe_client_free(aoe_client *client);

/* With AOE_THREAD_CALLER: readable when aoe_client_poll() has something to do (timers included). */
int aoe_client_fd(aoe_client *client);
/* Does what there is to do, waiting for it up to timeout_ms (0: not at all, -1: for ever). Returns how many requests
 * were finished. */
int aoe_client_poll(aoe_client *client, int timeout_ms);

/* ---- Disks on the network --------------------------------------------------------------------------------------- */

enum aoe_disk_state {
  AOE_DISK_FOUND = 0,   /* answered discovery; not identified yet */
  AOE_DISK_UP = 1,
  AOE_DISK_SILENT = 2,  /* requests wait for an answer on every path */
  AOE_DISK_DOWN = 3,    /* silent for dead_seconds: requests fail until it answers */
  AOE_DISK_REPLACED = 4 /* while open, another disk (serial or model) took the address: requests fail */
};
enum aoe_path_state {
  AOE_PATH_UP = 0,
  AOE_PATH_SUSPECT = 1, /* timeouts, used only when nothing better is there, and probed */
  AOE_PATH_DOWN = 2,    /* interface down or gone, or nothing answered for long; probed */
  AOE_PATH_REFUSED = 3  /* a different disk (serial or model) answers there */
};
typedef struct aoe_path_status {
  char interface[16];
  uint8_t mac[6];            /* the target's */
  uint8_t state;             /* enum aoe_path_state */
  uint8_t reserved0;
  uint32_t payload_bytes;    /* data in a frame */
  uint32_t buffers;          /* advertised by the target */
  uint32_t window;           /* frames that may be outstanding now, of this target MAC */
  uint32_t in_flight;
  uint32_t round_trip_us;    /* smoothed; 0: not measured yet */
  uint64_t frames_sent;      /* copies included */
  uint64_t frames_retransmitted;
  uint64_t timeouts;
  uint64_t reserved[4];
} aoe_path_status;
typedef struct aoe_disk_status {
  uint16_t shelf;
  uint8_t slot;
  uint8_t state;                  /* enum aoe_disk_state */
  uint32_t flags;                 /* AOE_DISK_... */
  uint64_t size_bytes;            /* 0 before it was identified */
  uint32_t physical_sector_bytes;
  uint32_t payload_bytes;         /* data in a frame, the smallest of the usable paths */
  uint32_t rotation_rate;         /* 0 not reported, 1 non-rotating, else rpm */
  uint16_t config_firmware;       /* from the config reply */
  uint16_t path_count;
  char serial[21], model[41], firmware[9];
  char reserved0[1];
  uint32_t open_count;
  uint32_t requests;              /* unfinished */
  uint64_t requests_done, requests_failed, bytes_read, bytes_written;
  uint64_t reserved[8];
  aoe_path_status paths[AOE_PATHS_MAX];
} aoe_disk_status;
#define AOE_DISK_CAN_FLUSH 1u
#define AOE_DISK_CAN_FUA 2u        /* without it, AOE_FUA is a write and a flush */
#define AOE_DISK_CAN_TRIM 4u
#define AOE_DISK_TRIM_ZEROES 8u    /* trimmed sectors read as zeros */
#define AOE_DISK_WRITE_CACHE 16u   /* an acknowledged write can be lost before a flush */

/* Asks the network who is there (AOE_ANY_SHELF and AOE_ANY_SLOT are wildcards) and waits up to timeout_ms for answers
 * and identification (0: does not wait; for one address, returns as soon as that disk is up). */
int aoe_client_discover(aoe_client *client, uint16_t shelf, uint8_t slot, int timeout_ms);
/* Stores the status of up to `count` disks, ordered by shelf and slot; returns how many there are. */
int aoe_client_list(aoe_client *client, aoe_disk_status *out, size_t count);
/* Forgets disks that are not open: those that are down, or with `up_too` all of them. Wildcards as above. Returns how
 * many. They are found again when they answer. */
int aoe_client_forget(aoe_client *client, uint16_t shelf, uint8_t slot, int up_too);

/* Reads "e1.2", "1.2", "aoe://1.2", "aoe://eth0/1.2" or "aoe://eth0,eth1/e1.2". The interfaces are copied to
 * `interfaces` ("" if none are named; it may be NULL). -EINVAL. */
int aoe_parse_address(const char *text, uint16_t *shelf, uint8_t *slot, char *interfaces, size_t interfaces_bytes);

/* ---- Open disks ------------------------------------------------------------------------------------------------- */

#define AOE_OPEN_READ_ONLY 1u
/* Opens the disk, waiting up to timeout_ms for it to be found. -ENODEV: nobody answers. */
int aoe_disk_open(aoe_client *client, uint16_t shelf, uint8_t slot, uint32_t flags, int timeout_ms, aoe_disk **disk);
/* The short way: a client of its own for one disk, "aoe://eth0/1.2"; both end with aoe_disk_close(). */
int aoe_open(const char *address, uint32_t flags, int timeout_ms, aoe_disk **disk);
/* Waits for the disk's unfinished requests, then closes. Does not flush. */
void aoe_disk_close(aoe_disk *disk);
aoe_client *aoe_disk_client(aoe_disk *disk);
/* As it is now: a disk can grow while it is open. */
uint64_t aoe_disk_size(aoe_disk *disk);
int aoe_disk_get_status(aoe_disk *disk, aoe_disk_status *out);

#define AOE_FUA 1u       /* finished only when on stable storage */
#define AOE_MAY_TRIM 2u  /* aoe_zero: trimming will do if trimmed sectors read as zeros */

/* Asynchronous requests. The callback is called exactly once with 0 or a negative errno value and `text`, a sentence
 * about the failure (NULL on success; valid during the call). The buffer stays untouched until then. Return: the
 * request's cookie (positive), or -EAGAIN while aoe_client_set_requests() are unfinished, -EINVAL, -ENOSPC past the
 * end, -EROFS, -EOPNOTSUPP (trim); then the callback is not called. A request that overlaps an unfinished earlier one
 * of which one writes is done after it. A flush covers the writes that were finished before it was started. */
typedef void (*aoe_callback)(void *user, int64_t cookie, int error, const char *text);
int64_t aoe_aio_read(aoe_disk *disk, void *buffer, size_t bytes, uint64_t offset, aoe_callback done, void *user);
int64_t aoe_aio_write(aoe_disk *disk, const void *buffer, size_t bytes, uint64_t offset, uint32_t flags,
                      aoe_callback done, void *user);
int64_t aoe_aio_flush(aoe_disk *disk, aoe_callback done, void *user);
int64_t aoe_aio_trim(aoe_disk *disk, uint64_t bytes, uint64_t offset, aoe_callback done, void *user);
int64_t aoe_aio_zero(aoe_disk *disk, uint64_t bytes, uint64_t offset, uint32_t flags, aoe_callback done, void *user);

/* Between these two, what the calling thread starts may be kept back for a moment, to leave together: a system call for
 * many requests instead of one for each. They nest; keep them short. Within callbacks it is so without them. Nothing is
 * kept back while this thread waits, in aoe_client_poll() or a synchronous call. 0 or -EINVAL. */
int aoe_batch_begin(aoe_client *client);
int aoe_batch_end(aoe_client *client);

/* The same, waiting for the end: 0 or a negative errno value. */
int aoe_read(aoe_disk *disk, void *buffer, size_t bytes, uint64_t offset);
int aoe_write(aoe_disk *disk, const void *buffer, size_t bytes, uint64_t offset, uint32_t flags);
int aoe_flush(aoe_disk *disk);
int aoe_trim(aoe_disk *disk, uint64_t bytes, uint64_t offset);
int aoe_zero(aoe_disk *disk, uint64_t bytes, uint64_t offset, uint32_t flags);

#ifdef __cplusplus
}
#endif

#endif
