using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>φ = λ|x|²/2: appendix A of the paper, written as a user would.</summary>
internal sealed class QuadraticPotential : Potential
{
    public QuadraticPotential(long dimension, double rate)
        : base("quadratic", dimension) => register_parameter("rate", new Parameter(tensor(rate, float64)));

    protected internal override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        return x.square().sum([1L]).mul(get_parameter("rate")!).div(2).MoveToOuterDisposeScope();
    }
}

/// <summary>φ = w·x: a constant wind, whose Laplacian has no graph at all.</summary>
internal sealed class LinearPotential : Potential
{
    public LinearPotential(Tensor wind)
        : base("linear", wind.shape[0]) => register_parameter("wind", new Parameter(wind.clone()));

    protected internal override Tensor Evaluate(Tensor x, double time) => x.mv(get_parameter("wind")!);

    protected internal override StoredComponent Store() => new StoredComponent("linear").WithTensor("wind", get_parameter("wind")!);

    public static Potential Read(StoredComponent stored) => new LinearPotential(stored.Tensor("wind"));
}

/// <summary>φ = c: no motion at all, and no graph from x to the value.</summary>
internal sealed class ConstantPotential : Potential
{
    public ConstantPotential(long dimension)
        : base("constant", dimension) => register_parameter("level", new Parameter(ones(1, dtype: float64)));

    protected internal override Tensor Evaluate(Tensor x, double time) => get_parameter("level")!.expand(x.shape[0]);
}

/// <summary>φ = (1 + t) Σ cos xᵢ: depends on time and has no parameters.</summary>
internal sealed class SwingingPotential(long dimension) : Potential("swinging", dimension)
{
    protected internal override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        return x.cos().sum([1L]).mul(1 + time).MoveToOuterDisposeScope();
    }
}

/// <summary>Forwards the value of another potential only, so that everything else takes the generic path.</summary>
internal sealed class ValueOnly : Potential
{
    private readonly Potential _inner;

    public ValueOnly(Potential inner)
        : base("value-only", inner.Dimension)
    {
        _inner = inner;
        register_module("inner", inner);
    }

    protected internal override Tensor Evaluate(Tensor x, double time) => _inner.Value(x, time);
}

/// <summary>Another potential that tells of each solve: one per optimiser step, one per batch that is scored.</summary>
internal sealed class ObservedPotential : Potential
{
    private readonly Potential _inner;

    public ObservedPotential(Potential inner)
        : base("observed", inner.Dimension)
    {
        _inner = inner;
        register_module("inner", inner);
    }

    /// <summary>Called with the number of the solve, from 1, before it begins.</summary>
    public Action<int> OnSolve { get; set; } = _ => { };

    /// <summary>Whether the solve of that number gives NaN.</summary>
    public Func<int, bool> Fails { get; set; } = _ => false;

    private int Solves { get; set; }

    protected internal override Tensor Evaluate(Tensor x, double time) => _inner.Value(x, time);

    internal override PathState Transport(PathState start, TimeGrid piece, Solve solve)
    {
        OnSolve(++Solves);
        var end = _inner.Transport(start, piece, solve);
        return Fails(Solves) ? end with { LogProb = end.LogProb.mul(double.NaN) } : end;
    }
}
