// A station with aoekit's own initiator core.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "initiator/core.h"
#include "sim/checkers/credit.h"
#include "sim/clients/client.h"

namespace aoekit::sim {

class OwnClient final : public Client {
 public:
  struct Options {
    std::uint64_t dead_seconds = 180;
    // How long a frame may live in the networks that there are: what copies are waited for.
    Duration copy_lifetime{};
    std::uint64_t credit_factor = 1;  // canary: it believes in so many times the buffers that are advertised
  };
  OwnClient(World& world, Network& network, std::string name, wire::AoeAddress address, const Options& options);

  bool is_ready() const override;
  bool can(block::OpKind) const override { return true; }
  bool keeps_order() const override { return true; }
  void submit(Io& io) override;
  void look_again() override;
  void nic_changed(std::size_t nic) override;

  const initiator::InitiatorCounters* counters() const { return core_ ? &core_->counters() : nullptr; }

 private:
  void begin() override;
  void end() override;
  void receive(std::size_t nic, ByteView frame) override;
  void settle();
  void schedule_timer();
  void deliver(const initiator::Completion& completion);

  Options options_;
  std::unique_ptr<initiator::InitiatorCore> core_;
  std::unique_ptr<initiator::Outbox> outbox_;
  std::optional<initiator::DeviceId> device_;
  CreditChecker credit_{initiator::RetransmitOptions{}.rto_min};
  std::map<std::uint64_t, Io*> under_way_;  // by cookie
  std::optional<Instant> timer_at_;
};

}  // namespace aoekit::sim
