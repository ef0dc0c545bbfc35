using MAFlow.Torch.Arithmetic;
using MAFlow.Torch.Potentials;
using MAFlow.Torch.Serialization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

/// <summary>Soft shells around the origin, φ(x, t) = Σ_k a_k exp(-½ (|x|² - r_k)²), switched off from a time on.</summary>
public sealed class RadialPotential : Potential
{
    private const string Kind = "radial";
    private readonly double _off;

    public RadialPotential(long dimension, Tensor amplitude, Tensor radius, double off)
        : base(Kind, dimension)
    {
        _off = off;
        register_parameter("amplitude", new Parameter(amplitude.detach().clone().DetachFromDisposeScope()));
        register_parameter("radius", new Parameter(radius.detach().clone().DetachFromDisposeScope()));
    }

    /// <summary>Once per process, before a file with such a potential is loaded.</summary>
    public static void Register() => Kinds.Register(Kind, Read);

    /// <summary>φ [B] of points [B, N]. Gradient and Laplacian come from autograd.</summary>
    protected override Tensor Evaluate(Tensor x, double time)
    {
        using var scope = NewDisposeScope();
        var squares = x.Pow(2).sum([1L], keepdim: true);
        var shells = squares.sub(get_parameter("radius")!).Pow(2).Mul(-0.5).exp().mv(get_parameter("amplitude")!);
        var result = time < _off ? shells : shells.Mul(0.0);
        return result.MoveToOuterDisposeScope();
    }

    /// <summary>φ jumps here, so the flow ends a step here.</summary>
    protected override IReadOnlyList<double> Breaks(double horizon) => [_off];

    protected override StoredComponent Store() => new StoredComponent(Kind)
        .With("dimension", Dimension).With("off", _off)
        .WithTensor("amplitude", get_parameter("amplitude")!).WithTensor("radius", get_parameter("radius")!);

    private static RadialPotential Read(StoredComponent stored) => new(
        stored.Option<long>("dimension"), stored.Tensor("amplitude"), stored.Tensor("radius"), stored.Option<double>("off"));
}
