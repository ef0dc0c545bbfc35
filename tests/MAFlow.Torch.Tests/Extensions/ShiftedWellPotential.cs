using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Tests;

/// <summary>A well that the context moves: φ(x | c) = -½ κ |x - c A|².</summary>
/// <remarks>A conditional potential of a user's own, by the public surface alone: what <see cref="Given"/> returns is an ordinary potential that names what it depends on.</remarks>
public sealed class ShiftedWellPotential : ConditionalPotential
{
    private const string Kind = "shifted-well";

    public ShiftedWellPotential(Tensor map, Tensor strength)
        : base(Kind, map.shape[1], map.shape[0])
    {
        register_parameter("map", new Parameter(map.detach().clone().DetachFromDisposeScope()));
        register_parameter("strength", new Parameter(strength.detach().clone().DetachFromDisposeScope()));
    }

    public static void Register() => Kinds.Register(Kind, Read);

    protected internal override Potential Given(Tensor context) => new Well(context.mm(get_parameter("map")!), get_parameter("strength")!);

    protected internal override StoredComponent Store() =>
        new StoredComponent(Kind).WithTensor("map", get_parameter("map")!).WithTensor("strength", get_parameter("strength")!);

    private static ShiftedWellPotential Read(StoredComponent stored) => new(stored.Tensor("map"), stored.Tensor("strength"));

    private sealed class Well(Tensor centre, Tensor strength) : Potential("well", centre.shape[1])
    {
        protected internal override IReadOnlyList<Tensor> DependsOn => [centre, strength];

        public override Tensor Value(Tensor x, double time = 0)
        {
            using var scope = NewDisposeScope();
            return x.sub(centre).Pow(2).sum([1L]).mul(strength).Mul(-0.5).MoveToOuterDisposeScope();
        }
    }
}
