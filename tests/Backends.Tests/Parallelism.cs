// A back end is driven by one thread at a time (IBackend), and every test class shares the targets.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
