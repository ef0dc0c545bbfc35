using static TorchSharp.torch;

namespace MAFlow.Torch.Distributed;

/// <summary>The processes that train one model together, as one of them sees the others.</summary>
/// <remarks>
/// Every process makes the same calls in the same order, and each call returns when all have made it. What it returns is the same number on
/// every process, to the last bit. <see cref="Solo"/> is one process alone, <see cref="MpiCollective"/> those that mpirun started.
/// </remarks>
public interface ICollective
{
    /// <summary>Number of this process, from 0. Process 0 tells the time, reports progress and writes checkpoints.</summary>
    int Rank { get; }

    /// <summary>Number of processes.</summary>
    int Size { get; }

    /// <summary>Replaces a tensor by its sum over all processes.</summary>
    /// <param name="values">Of one shape everywhere, Float32 or Float64.</param>
    void Sum(Tensor values);

    /// <summary>The sum of a number over all processes.</summary>
    /// <param name="value">The number of this process.</param>
    double Sum(double value);

    /// <summary>Whether something is so on at least one process.</summary>
    /// <param name="value">Whether it is so on this one.</param>
    bool Any(bool value);
}
