using MAFlow.Torch.Arithmetic;
using MAFlow.Torch.Bijections;
using MAFlow.Torch.Serialization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

/// <summary>y = arsinh(x/s) with a trainable scale s = e^θ for each coordinate; ln |dy/dx| = -θ - ln cosh y.</summary>
public sealed class ArcsinhBijection : Bijection
{
    private const string Name = "arcsinh";

    public ArcsinhBijection(Tensor logScale)
        : base(Name, logScale.shape[0]) =>
        register_parameter("logScale", new Parameter(logScale.detach().clone().DetachFromDisposeScope()));

    private Parameter LogScale => get_parameter("logScale")!;

    /// <summary>Once per process, before a file with such a bijection is loaded.</summary>
    public static void Register() => Kinds.Register(Name, Read);

    /// <summary>Towards the latent side, as encoding goes. A generator is for noise in training; this map needs none.</summary>
    protected override Mapped MapForward(Tensor x, Generator? generator)
    {
        using var scope = NewDisposeScope();
        var y = x.mul(LogScale.neg().exp()).asinh();
        var logDeterminant = y.cosh().log().Add(LogScale).sum([1L]).neg();
        return new(y.MoveToOuterDisposeScope(), logDeterminant.MoveToOuterDisposeScope());
    }

    /// <summary>Towards the data.</summary>
    protected override Mapped MapInverse(Tensor y)
    {
        using var scope = NewDisposeScope();
        var x = y.sinh().mul(LogScale.exp());
        var logDeterminant = y.cosh().log().Add(LogScale).sum([1L]);
        return new(x.MoveToOuterDisposeScope(), logDeterminant.MoveToOuterDisposeScope());
    }

    protected override StoredComponent Store() => new StoredComponent(Name).WithTensor("logScale", LogScale);

    private static ArcsinhBijection Read(StoredComponent stored) => new(stored.Tensor("logScale"));
}

/// <summary>Starts an <see cref="ArcsinhBijection"/> at the standard deviation of each feature.</summary>
public sealed class ArcsinhFit : BijectionFit
{
    protected override Bijection Fit(Tensor data)
    {
        using var scope = NewDisposeScope();
        return new ArcsinhBijection(data.std(0).log());
    }
}
