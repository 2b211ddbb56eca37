// Runs a kernel on the model: every core in turn, then the checks at its end.
#pragma once

namespace kdsl_model {

inline void CheckEnd()
{
    core->op = "end of kernel";
    for (auto& q : core->queues)
        for (auto& b : q->buffers)
            if (b.slot != QueueState::Free)
                Fail("a tensor of a queue was never freed");
    if (!core->flags.empty())
        Fail("an event is left set: it would poison the next kernel");
}

}

// Returns 0, or 1 with a message. The ranges are all the global memory that the kernel may touch.
extern "C" inline __attribute__((used, visibility("default"))) int32_t kdsl_model_launch(void (*kernel)(uint8_t*), uint8_t* arguments, int32_t cores, const kdsl_model::GmRange* ranges, int32_t count,
                                                                                     char* message, int32_t capacity)
{
    using namespace kdsl_model;
    std::vector<GmRegion> regions;
    for (int32_t i = 0; i < count; ++i)
        regions.push_back({ranges[i], std::vector<GmCell>((ranges[i].bytes + 1) / 2 + 1)});
    gm = &regions;
    int32_t result = 0;
    try {
        for (int32_t i = 0; i < cores; ++i) {
            auto state = std::make_unique<Core>();
            core = state.get();
            core->index = i;
            core->count = cores;
            kernel(arguments);
            CheckEnd();
        }
    } catch (const Failure& failure) {
        snprintf(message, size_t(capacity), "%s", failure.what());
        result = 1;
    }
    core = nullptr;
    gm = nullptr;
    return result;
}
