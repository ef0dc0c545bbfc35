namespace MAFlow.Torch.Potentials.Ridge.HiddenSpace;

/// <summary>Consecutive numbers that one thread works on.</summary>
internal readonly record struct Part(int First, int Count)
{
    /// <summary>Numbers in a cache line of float32, and a multiple of all vectors.</summary>
    public const int Alignment = 16;
}
