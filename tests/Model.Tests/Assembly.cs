// Each test drives a back end with threads of its own; side by side they only wait for each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
