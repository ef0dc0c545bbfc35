using static TorchSharp.torch;

namespace ClusterFreeEnergy;

/// <summary>Keeps configurations of chains while they run. They live until it is disposed.</summary>
/// <param name="spacing">One of so many steps is kept.</param>
public sealed class Recorder(int spacing) : IDisposable
{
    // Enough for smooth figures, and no more memory however long the chains are.
    private const int MaxKept = 128;

    private readonly List<Tensor> _kept = [];
    private long _steps;

    /// <summary>Looks at the chains after a step.</summary>
    /// <returns>What it was given.</returns>
    public Tensor Keep(Tensor x)
    {
        if (_steps++ % spacing == 0)
        {
            if (_kept.Count == MaxKept)
            {
                _kept[0].Dispose();
                _kept.RemoveAt(0);
            }

            _kept.Add(x.detach().clone().DetachFromDisposeScope());
        }

        return x;
    }

    /// <summary>All that was kept, shape [B, N].</summary>
    public Tensor Points() => cat(_kept);

    public void Dispose()
    {
        foreach (var points in _kept)
        {
            points.Dispose();
        }

        _kept.Clear();
    }
}
