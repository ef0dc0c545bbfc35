using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>The matrix products of a hidden-space solve alone: nothing can be faster without doing less arithmetic.</summary>
internal sealed class GemmFloor : IDisposable
{
    private readonly Tensor _units;
    private readonly Tensor _coupling;
    private readonly Tensor _stacked;
    private readonly Tensor _gradient;
    private readonly int _depth;

    public GemmFloor(long batch, long hidden, int depth)
    {
        using var generator = new Generator(9);
        _depth = depth;
        _units = randn([batch, hidden], generator: generator);
        _coupling = randn([hidden, hidden], generator: generator);
        _stacked = randn([4 * batch, hidden], generator: generator);
        _gradient = zeros([hidden, hidden]);
    }

    /// <summary>12 products of 2Bh² per RK4 step: four forwards, four in reverse, and four for the gradient, the latter as one.</summary>
    public void Train()
    {
        using var scope = NewDisposeScope();
        Multiply(8);
        for (var step = 0; step < _depth; step++)
        {
            _gradient.addmm_(_stacked.t(), _stacked, 0, 1);
        }
    }

    /// <summary>4 products of 2Bh² per RK4 step.</summary>
    public void Score() => Multiply(4);

    public void Dispose()
    {
        _units.Dispose();
        _coupling.Dispose();
        _stacked.Dispose();
        _gradient.Dispose();
    }

    private void Multiply(int perStep)
    {
        for (var product = 0; product < perStep * _depth; product++)
        {
            using var _ = _units.mm(_coupling);
        }
    }
}
