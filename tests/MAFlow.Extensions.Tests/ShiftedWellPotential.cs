using MAFlow.Torch.Arithmetic;
using MAFlow.Torch.Potentials;
using MAFlow.Torch.Serialization;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Extensions.Tests;

/// <summary>A well that the context moves: φ(x | c) = -½ κ |x - c A|².</summary>
public sealed class ShiftedWellPotential : ConditionalPotential
{
    private const string Kind = "shifted-well";

    public ShiftedWellPotential(Tensor map, Tensor strength)
        : base(Kind, dimension: map.shape[1], contextDimension: map.shape[0])
    {
        register_parameter("map", new Parameter(map.detach().clone().DetachFromDisposeScope()));
        register_parameter("strength", new Parameter(strength.detach().clone().DetachFromDisposeScope()));
    }

    /// <summary>Once per process, before a file with such a potential is loaded.</summary>
    public static void Register() => Kinds.Register(Kind, Read);

    /// <summary>An ordinary potential: row i of its points belongs to row i of the contexts [B, C].</summary>
    protected override Potential Given(Tensor context) => new Well(context.mm(get_parameter("map")!), get_parameter("strength")!);

    protected override StoredComponent Store() => new StoredComponent(Kind)
        .WithTensor("map", get_parameter("map")!).WithTensor("strength", get_parameter("strength")!);

    private static ShiftedWellPotential Read(StoredComponent stored) => new(stored.Tensor("map"), stored.Tensor("strength"));

    private sealed class Well(Tensor centre, Tensor strength) : Potential("well", centre.shape[1])
    {
        /// <summary>No parameters of its own, so it names the tensors that carry a gradient.</summary>
        protected override IReadOnlyList<Tensor> DependsOn => [centre, strength];

        protected override Tensor Evaluate(Tensor x, double time)
        {
            using var scope = NewDisposeScope();
            return x.sub(centre).Pow(2).sum([1L]).mul(strength).Mul(-0.5).MoveToOuterDisposeScope();
        }
    }
}
