using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.Intrinsics;
using MAFlow.Scoring.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Potentials.Particles.Lanes;

/// <summary>Memory of solves that have ended, for the next ones: as much as threads have worked at the same time.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
/// <param name="shape">Sizes.</param>
internal sealed class LanePool<T>(ParticleShape shape)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ConcurrentBag<LaneRows<T>> _free = [];

    /// <summary>Vectors that are used; tests choose others.</summary>
    public VectorWidth Width { get; init; } = Kernels.Best;

    /// <summary>Whether solves of a tensor's device can be computed here.</summary>
    public static bool Suits(Tensor like) => Vector256.IsHardwareAccelerated && like.device.type == DeviceType.CPU;

    /// <summary>Lanes with room for a method.</summary>
    public LaneRows<T> Rent(int stages, int coefficients) =>
        _free.TryTake(out var free) && free.Stages >= stages ? free : LaneRows<T>.Of(shape, Width, stages, coefficients);

    public void Return(LaneRows<T> rows) => _free.Add(rows);

    /// <summary>Only the symmetric part of the coupling counts.</summary>
    /// <param name="ends">Coefficients at both ends.</param>
    public void Symmetrize(Span<T> ends)
    {
        var (m, half) = (shape.Couplings == 0 ? 0 : shape.Channels, T.CreateChecked(0.5));
        foreach (var start in (int[])[shape.Gaussians, (ends.Length / 2) + shape.Gaussians])
        {
            for (var row = 0; row < m; row++)
            {
                for (var column = 0; column < row; column++)
                {
                    ref var below = ref ends[start + (row * m) + column];
                    ref var above = ref ends[start + (column * m) + row];
                    below = above = half * (below + above);
                }
            }
        }
    }
}
