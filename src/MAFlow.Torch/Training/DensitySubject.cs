using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>A density that is trained on rows: what DensityTask needs to know of a model, with or without contexts.</summary>
internal sealed record DensitySubject
{
    public required string Owner { get; init; }

    public required long Dimension { get; init; }

    public required int Depth { get; init; }

    public required IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; init; }

    /// <summary>Text of the identity's parts.</summary>
    public required Func<IReadOnlyDictionary<string, string>> Identity { get; init; }

    /// <summary>Rows in original units to points of the flow, with the noise of training.</summary>
    public required Func<Tensor, Generator, Mapped> Prepare { get; init; }

    /// <summary>The flow of a batch, from its contexts [B, C] or null, at a depth.</summary>
    public required Func<Tensor?, int, MongeAmpereFlow> Flow { get; init; }

    /// <summary>ln p [B] of rows in original units, float64 on the CPU, at a depth; deterministic.</summary>
    public required Func<RowSet, int, Tensor> LogProb { get; init; }

    public required Action<int> Refine { get; init; }

    public static DensitySubject Of(DensityModel model) => new()
    {
        Owner = model.Flow.Potential.GetType().Name,
        Dimension = model.Dimension,
        Depth = model.Flow.Depth,
        Parameters = model.Flow.NamedParameters(),
        Identity = () => new Dictionary<string, string>(IdentityText.Of(model.Flow))
        {
            ["preprocessing"] = IdentityText.Of(model.Preprocessing),
        },
        Prepare = model.Preprocessing.Forward,
        Flow = (_, depth) => model.Flow.At(depth),
        LogProb = (set, depth) => model.At(depth).LogProb(set.Rows),
        Refine = model.Refine,
    };
}
