using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>y = arsinh(x/s) with a trainable scale s = e^θ for each coordinate; ln |dy/dx| = -θ - ln cosh y.</summary>
/// <remarks>A bijection of a user's own, by the public surface alone: it serves at either end of a flow, is trained, saved and loaded.</remarks>
public sealed class ArcsinhBijection : Bijection
{
    private readonly Parameter _logScale;

    public ArcsinhBijection(Tensor logScale)
        : base("arcsinh", logScale.shape[0])
    {
        using var scope = NewDisposeScope();
        _logScale = new Parameter(logScale.detach().clone().DetachFromDisposeScope());
        RegisterComponents();
    }

    /// <summary>Once per process, before a file with such a bijection is loaded.</summary>
    public static void Register() => Kinds.Register("arcsinh", Read);

    public override Mapped Forward(Tensor x, Generator? generator = null)
    {
        using var scope = NewDisposeScope();
        var y = x.mul(_logScale.neg().exp()).asinh();
        var logDeterminant = y.cosh().log().Add(_logScale).sum([1L]).neg();
        return new(y.MoveToOuterDisposeScope(), logDeterminant.MoveToOuterDisposeScope());
    }

    public override Mapped Inverse(Tensor y)
    {
        using var scope = NewDisposeScope();
        var x = y.sinh().mul(_logScale.exp());
        var logDeterminant = y.cosh().log().Add(_logScale).sum([1L]);
        return new(x.MoveToOuterDisposeScope(), logDeterminant.MoveToOuterDisposeScope());
    }

    protected internal override StoredComponent Store() => new StoredComponent(Kind).WithTensor("logScale", _logScale);

    private static ArcsinhBijection Read(StoredComponent stored) => new(stored.Tensor("logScale"));
}

/// <summary>Starts an <see cref="ArcsinhBijection"/> at the deviation of each feature.</summary>
public sealed class ArcsinhFit : BijectionFit
{
    protected internal override Bijection Fit(Tensor data)
    {
        using var scope = NewDisposeScope();
        return new ArcsinhBijection(data.std(0).log());
    }
}
