using static TorchSharp.torch;

namespace MAFlow.Benchmarks;

/// <summary>The same solve in hidden space by tensor operations, as it was before blocks of rows: hidden units, loss and gradients.</summary>
internal sealed class HiddenTensors : IDisposable
{
    private readonly Tensor _x;
    private readonly Tensor _weight;
    private readonly Tensor _amplitude;
    private readonly HiddenSpaceSolve _solve;

    public HiddenTensors(long batch, long dimension, int hidden, int depth)
    {
        using var generator = new Generator(7);
        _x = randn([batch, dimension], generator: generator);
        _weight = randn([hidden, dimension], generator: generator).mul_(1.5 / Math.Sqrt(dimension)).requires_grad_();
        _amplitude = randn(hidden, generator: generator).mul_(0.02).requires_grad_();
        _solve = new(Activation.Softplus, new(1, 0, depth), ButcherTableau.RungeKutta4, Precision.Full, Recompute: false, FactoredCoupling.Form);
    }

    /// <summary>Loss and gradients.</summary>
    public void Train()
    {
        using var scope = NewDisposeScope();
        Loss().backward();
        (_weight.grad, _amplitude.grad) = (null, null);
    }

    /// <summary>Loss alone.</summary>
    public void Score()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Loss();
    }

    public void Dispose()
    {
        _x.Dispose();
        _weight.Dispose();
        _amplitude.Dispose();
    }

    private Tensor Loss()
    {
        var (s, f, _) = HiddenSpaceFunction.Integrate(_solve, _x.mm(_weight.t()), _weight.mul(_amplitude.unsqueeze(1)), _weight);
        var x = _x.add(s.mul(_amplitude).mm(_weight));
        return x.square().sum([1L]).mul(0.5).add(f.mv(_amplitude.mul(_weight.square().sum([1L])))).mean();
    }
}
