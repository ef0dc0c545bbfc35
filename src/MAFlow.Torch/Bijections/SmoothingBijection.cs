using static TorchSharp.torch;

namespace MAFlow.Torch.Bijections;

/// <summary>A fitted <see cref="Smoothing"/>: noise in training, the identity in scoring.</summary>
internal sealed class SmoothingBijection : Bijection
{
    private readonly FixedNumbers _width;
    private readonly FixedNumbers _deviation;
    private readonly long _constants;

    /// <param name="width">Of the uniform noise, shape [N], float64.</param>
    /// <param name="deviation">Of the normal noise, shape [N], float64.</param>
    /// <param name="constants">Number of constant features.</param>
    public SmoothingBijection(Tensor width, Tensor deviation, long constants)
        : base(Smoothing.Kind, width.shape[0]) => (_width, _deviation, _constants) = (Hold(width), Hold(deviation), constants);

    public override string? Remark => _constants == 0 ? null
        : $"{_constants} of {_width.Value.shape[0]} features are constant; they tell nothing but that any other value is unusual.";

    public static SmoothingBijection Restore(StoredComponent stored)
    {
        using var scope = NewDisposeScope();
        var (width, deviation) = (stored.Tensor("width"), stored.Tensor("deviation"));
        FeatureMoments.RequireValid(width, deviation.abs().Add(1), stored.Kind);
        return new(width, deviation, 0);
    }

    protected internal override Mapped MapForward(Tensor x, Generator? generator)
    {
        using var scope = NewDisposeScope();
        var wide = Wide(x);
        var y = generator is null ? wide.alias() : wide
            .Add(rand(x.shape, dtype: float64, generator: generator).Sub(0.5).mul(_width.Value).to(x.device))
            .Add(randn(x.shape, dtype: float64, generator: generator).mul(_deviation.Value).to(x.device));
        return new Mapped(y, zeros(x.shape[0], float64, x.device)).MoveToOuterDisposeScope();
    }

    protected internal override Mapped MapInverse(Tensor y)
    {
        using var scope = NewDisposeScope();
        return new Mapped(Wide(y).alias(), zeros(y.shape[0], float64, y.device)).MoveToOuterDisposeScope();
    }

    protected internal override StoredComponent Store() =>
        new StoredComponent(Kind).WithTensor("width", _width.Value).WithTensor("deviation", _deviation.Value);
}
