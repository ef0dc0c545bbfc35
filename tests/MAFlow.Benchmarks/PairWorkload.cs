using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>A training step of a pair potential on an L x L torus, and the transforms and products of it alone.</summary>
internal sealed class PairWorkload : IDisposable
{
    private const int Batch = 32, Scales = 2, Features = 8, Stretches = 4, StepsPerStretch = 2, Stages = 4;

    // Of each stage, in columns of F features and S fields: fields, values, sources, slopes and force; then all of these again in the
    // reverse pass, with their cotangents.
    private const int FeatureTransforms = 3 + 6, FieldTransforms = 2 + 4, Couplings = 2 + 3 + 2;

    private readonly MongeAmpereFlow _flow;
    private readonly Tensor _z;
    private readonly Tensor _axis;
    private readonly Tensor _columns;
    private readonly Tensor _block;
    private readonly Tensor _coupling;

    public PairWorkload(int side)
    {
        using var generator = new Generator(7);
        using var scope = NewDisposeScope();
        var lattice = Lattice.Square(side);
        _flow = new MongeAmpereFlow(LatticePairPotential.AtRest(lattice, [.. Enumerable.Repeat(1.0, lattice.Sites)]), new() { Depth = (Stretches + 1) * StepsPerStretch });
        _z = randn([Batch, lattice.Sites], generator: generator).DetachFromDisposeScope();
        _axis = randn([side, side], generator: generator).DetachFromDisposeScope();
        _columns = randn([side, side, ((FeatureTransforms * Features) + (FieldTransforms * Scales)) * Batch], generator: generator).DetachFromDisposeScope();
        _block = randn([lattice.Sites, Features / 2, Batch], generator: generator).DetachFromDisposeScope();
        _coupling = randn([lattice.Sites, Features / 2, Features / 2], generator: generator).DetachFromDisposeScope();
    }

    /// <summary>Points, ln p, and the gradients by all parameters.</summary>
    public void Train()
    {
        using var scope = NewDisposeScope();
        var (x, logProb) = _flow.Decode(_z);
        x.square().sum().add(logProb.sum()).backward();
        foreach (var parameter in _flow.Potential.parameters())
        {
            parameter.grad = null;
        }
    }

    /// <summary>Products along both axes of everything that is transformed, and of two blocks of features at each wave.</summary>
    public void Floor()
    {
        var side = _axis.shape[0];
        for (var stage = 0; stage < Stretches * StepsPerStretch * Stages; stage++)
        {
            using var scope = NewDisposeScope();
            _axis.mm(_columns.view(side, -1));
            _axis.unsqueeze(0).expand(side, side, side).bmm(_columns);
            for (var product = 0; product < 2 * Couplings; product++)
            {
                _coupling.bmm(_block);
            }
        }
    }

    public void Dispose()
    {
        _flow.Dispose();
        _z.Dispose();
        _axis.Dispose();
        _columns.Dispose();
        _block.Dispose();
        _coupling.Dispose();
    }
}
