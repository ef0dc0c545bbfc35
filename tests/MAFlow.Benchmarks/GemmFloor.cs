using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>The matrix products of a hidden-space solve alone: nothing can be faster without doing less arithmetic.</summary>
internal sealed class GemmFloor : IDisposable
{
    private readonly Tensor units;
    private readonly Tensor coupling;
    private readonly Tensor stacked;
    private readonly Tensor gradient;
    private readonly int depth;

    public GemmFloor(long batch, long hidden, int depth)
    {
        using var generator = new Generator(9);
        this.depth = depth;
        units = randn([batch, hidden], generator: generator);
        coupling = randn([hidden, hidden], generator: generator);
        stacked = randn([4 * batch, hidden], generator: generator);
        gradient = zeros([hidden, hidden]);
    }

    /// <summary>12 products of 2Bh² per RK4 step: four forwards, four in reverse, and four for the gradient, the latter as one.</summary>
    public void Train()
    {
        using var scope = NewDisposeScope();
        Multiply(8);
        for (var step = 0; step < depth; step++)
        {
            gradient.addmm_(stacked.t(), stacked, 0, 1);
        }
    }

    /// <summary>4 products of 2Bh² per RK4 step.</summary>
    public void Score() => Multiply(4);

    public void Dispose()
    {
        units.Dispose();
        coupling.Dispose();
        stacked.Dispose();
        gradient.Dispose();
    }

    private void Multiply(int perStep)
    {
        for (var product = 0; product < perStep * depth; product++)
        {
            using var _ = units.mm(coupling);
        }
    }
}
