using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>One potential with every symmetry of an L x L torus, as a filter applied by FFT and as the dense matrix of all its translations and images.</summary>
internal sealed class LatticeWorkload : IDisposable
{
    private const int Batch = 16, Depth = 2;

    private readonly MongeAmpereFlow _fast;
    private readonly MongeAmpereFlow _dense;
    private readonly Tensor _x;

    public LatticeWorkload(int side)
    {
        using var generator = new Generator(7);
        using var scope = NewDisposeScope();
        var lattice = Lattice.Square(side);
        var options = new MongeAmpereFlowOptions { Horizon = 1, Depth = Depth };
        var filter = randn([1, lattice.Sites], generator: generator).div(side);
        var sites = arange(lattice.Sites, dtype: float64).unsqueeze(0);
        var translations = cat([.. LatticeSymmetries.Translations(lattice).Elements().Select(element => element.Apply(sites))], 0);
        var images = cat([.. LatticeSymmetries.PointGroup(lattice).Elements().Select(element => element.Apply(filter))], 0);
        var matrix = images.index_select(1, translations.flatten().to(int64)).view(-1, lattice.Sites);
        _fast = new MongeAmpereFlow(new LatticeRidgePotential(lattice, filter, full(1, 0.02f)), options);
        _dense = new MongeAmpereFlow(new RidgePotential(matrix, null, full(matrix.shape[0], 0.02f), Activation.LogCosh), options);
        _x = randn([Batch, lattice.Sites], generator: generator).DetachFromDisposeScope();
        using var _ = no_grad();
        var difference = _fast.LogProb(_x).sub(_dense.LogProb(_x)).abs().max().item<float>();
        if (!(difference < 1e-4 * lattice.Sites))
        {
            throw new InvalidOperationException($"Expected one density from both forms of the potential, got log-densities that differ by {difference}.");
        }
    }

    /// <summary>Loss and gradients by FFT.</summary>
    public void TrainFast() => Train(_fast);

    /// <summary>Loss and gradients by products with the matrix.</summary>
    public void TrainDense() => Train(_dense);

    public void Dispose()
    {
        _fast.Dispose();
        _dense.Dispose();
        _x.Dispose();
    }

    private void Train(MongeAmpereFlow flow)
    {
        using var scope = NewDisposeScope();
        flow.LogProb(_x).mean().neg().backward();
        foreach (var parameter in flow.Potential.parameters())
        {
            parameter.grad = null;
        }
    }
}
