// The C API with the thread of the caller: callbacks come within aoe_client_poll() and need no lock.
#include "cli/aoe_disk.h"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/check.h"
#include "cli/interfaces.h"
#include "io/clock.h"

namespace aoekit::cli {
namespace {

constexpr std::uint32_t kRequestsMax = 64;

Error last_error(int negative_errno) { return {aoe_error(), -negative_errno}; }

// Between two looks at Ctrl-C.
constexpr Duration kOpenSlice = std::chrono::milliseconds(400);

int milliseconds(Duration duration) {
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

// The names to give to the library: none for all, after it is sure that there are any.
Result<std::string> interface_list(const std::vector<std::string>& wanted) {
  const auto present = list_interfaces();
  if (!present) return tl::unexpected(present.error());
  const auto chosen = choose_interfaces(wanted, *present);
  if (!chosen) return tl::unexpected(chosen.error());
  std::string list;
  if (wanted.empty()) return list;
  for (const std::string& name : *chosen) list += (list.empty() ? "" : ",") + name;
  return list;
}

}  // namespace

// One request of the library, until its end.
struct AoeDisk::Operation {
  AoeDisk* owner = nullptr;
  std::uint64_t token = 0;
  SectorRange range;
  MutableBytes data;
};

AoeDisk::AoeDisk(const AoeDiskOptions& options, aoe_client* client)
    : address_(options.address), interrupt_(options.interrupt), client_(client) {}

Result<std::unique_ptr<AoeDisk>> AoeDisk::open(const AoeDiskOptions& options) {
  const auto interfaces = interface_list(options.interfaces);
  if (!interfaces) return tl::unexpected(interfaces.error());
  aoe_client* client = aoe_client_new();
  if (client == nullptr) return tl::unexpected(Error{"out of memory", ENOMEM});
  std::unique_ptr<AoeDisk> disk(new AoeDisk(options, client));
  int status = aoe_client_set_interfaces(client, interfaces->c_str());
  if (status == 0) {
    status = aoe_client_set_dead_ms(client, static_cast<std::uint64_t>(milliseconds(options.give_up_after)));
  }
  if (status == 0) status = aoe_client_set_requests(client, kRequestsMax);
  if (status == 0) status = aoe_client_set_thread(client, AOE_THREAD_CALLER);
  if (status == 0) status = aoe_client_start(client);
  if (status < 0) return tl::unexpected(last_error(status));
  if (const Status found = disk->find(options); !found) return tl::unexpected(found.error());
  return disk;
}

Status AoeDisk::find(const AoeDiskOptions& options) {
  const Instant deadline = io::monotonic_now() + options.open_timeout;
  while (true) {
    const Duration left = deadline - io::monotonic_now();
    const int status = aoe_disk_open(client_, address_.shelf, address_.slot,
                                     options.access == DiskAccess::read_only ? AOE_OPEN_READ_ONLY : 0,
                                     milliseconds(std::clamp(left, Duration::zero(), kOpenSlice)), &disk_);
    if (status == 0) return {};
    if (interrupt_ != nullptr && interrupt_->arrived()) return tl::unexpected(Error{"interrupted", EINTR});
    if (status != -ENODEV || left <= kOpenSlice) return tl::unexpected(last_error(status));
  }
}

AoeDisk::~AoeDisk() { aoe_client_free(client_); }

aoe_disk_status AoeDisk::status() const {
  aoe_disk_status status{};
  AOEKIT_CHECK(aoe_disk_get_status(disk_, &status) == 0);
  return status;
}

std::uint64_t AoeDisk::frames_sent_again() const {
  const aoe_disk_status now = status();
  std::uint64_t count = 0;
  for (unsigned i = 0; i < now.path_count; ++i) count += now.paths[i].frames_retransmitted;
  return count;
}

std::uint32_t AoeDisk::sectors_per_frame() const { return std::max(1U, status().payload_bytes / kSectorBytes); }

AoeDisk::Operation& AoeDisk::operation_for(std::uint64_t token) {
  if (free_operations_.empty()) {
    operations_.push_back(std::make_unique<Operation>());
    free_operations_.push_back(operations_.back().get());
  }
  Operation& operation = *free_operations_.back();
  free_operations_.pop_back();
  operation.owner = this;
  operation.token = token;
  return operation;
}

void AoeDisk::done(void* user, std::int64_t, int error, const char* text) {
  auto& operation = *static_cast<Operation*>(user);
  AoeDisk& disk = *operation.owner;
  disk.finished_.push_back({operation.token, error == 0 ? std::nullopt : std::optional(Error{text, -error})});
  disk.free_operations_.push_back(&operation);
}

Status AoeDisk::start(std::uint64_t token, std::int64_t (*begin)(AoeDisk&, Operation&), SectorRange range,
                      MutableBytes data) {
  Operation& operation = operation_for(token);
  operation.range = range;
  operation.data = data;
  const std::int64_t cookie = begin(*this, operation);
  if (cookie < 0) {
    free_operations_.push_back(&operation);
    return tl::unexpected(last_error(static_cast<int>(cookie)));
  }
  ++unfinished_;
  return {};
}

Status AoeDisk::submit(std::uint64_t token, block::OpKind kind, SectorRange range, MutableBytes data) {
  switch (kind) {
    case block::OpKind::read:
      return start(token, [](AoeDisk& disk, Operation& op) {
        return aoe_aio_read(disk.disk_, op.data.data(), op.data.size(), op.range.first.byte_offset(), &done, &op);
      }, range, data);
    case block::OpKind::write:
      return start(token, [](AoeDisk& disk, Operation& op) {
        return aoe_aio_write(disk.disk_, op.data.data(), op.data.size(), op.range.first.byte_offset(), 0, &done, &op);
      }, range, data);
    case block::OpKind::flush:
      return start(token, [](AoeDisk& disk, Operation& op) { return aoe_aio_flush(disk.disk_, &done, &op); }, range,
                   data);
    case block::OpKind::trim:
      return start(token, [](AoeDisk& disk, Operation& op) {
        return aoe_aio_trim(disk.disk_, op.range.count.bytes(), op.range.first.byte_offset(), &done, &op);
      }, range, data);
  }
  return fail("there is no such operation");
}

Status AoeDisk::submit_zero(std::uint64_t token, SectorRange range) {
  return start(token, [](AoeDisk& disk, Operation& op) {
    return aoe_aio_zero(disk.disk_, op.range.count.bytes(), op.range.first.byte_offset(), AOE_MAY_TRIM, &done, &op);
  }, range, {});
}

std::optional<FinishedOp> AoeDisk::finished() {
  // Fails only for a client that is not started.
  if (finished_.empty()) static_cast<void>(aoe_client_poll(client_, 0));
  if (finished_.empty()) return std::nullopt;
  FinishedOp op = std::move(finished_.front());
  finished_.pop_front();
  --unfinished_;
  return op;
}

Result<FinishedOp> AoeDisk::wait() {
  AOEKIT_CHECK(unfinished_ > 0);
  while (true) {
    if (interrupt_ != nullptr && interrupt_->arrived()) return tl::unexpected(Error{"interrupted", EINTR});
    if (auto op = finished()) return std::move(*op);
    std::array<pollfd, 2> sources{{{.fd = fd(), .events = POLLIN, .revents = 0},
                                   {.fd = -1, .events = POLLIN, .revents = 0}}};
    if (interrupt_ != nullptr) sources[1].fd = interrupt_->fd();
    if (::poll(sources.data(), sources.size(), -1) < 0 && errno != EINTR) {
      return fail_errno(errno, "cannot wait for {}", address_.to_string());
    }
  }
}

Status flush(BulkDisk& disk) {
  const Status submitted = disk.submit(0, block::OpKind::flush, {}, {});
  if (!submitted) return submitted;
  const auto op = disk.wait();
  if (!op) return tl::unexpected(op.error());
  if (op->error) return tl::unexpected(*op->error);
  return {};
}

}  // namespace aoekit::cli
