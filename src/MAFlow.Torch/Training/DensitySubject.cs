using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>A density that is trained on rows: what DensityTask needs to know of a model, with or without contexts.</summary>
internal sealed record DensitySubject
{
    public required string Owner { get; init; }

    public required long Dimension { get; init; }

    /// <summary>Number of context features C; 0 where there is no context.</summary>
    public long ContextDimension { get; init; }

    public required int Depth { get; init; }

    /// <summary>The flow, where there is no context; else null.</summary>
    public MongeAmpereFlow? Unconditional { get; init; }

    public required IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; init; }

    /// <summary>Text of the identity's parts.</summary>
    public required Func<IReadOnlyDictionary<string, string>> Identity { get; init; }

    /// <summary>Rows in original units to points of the flow, with the noise of training.</summary>
    public required Func<Tensor, Generator, Mapped> Prepare { get; init; }

    /// <summary>The flow of a batch, from its contexts [B, C] or null, at a depth.</summary>
    public required Func<Tensor?, int, MongeAmpereFlow> Flow { get; init; }

    /// <summary>ln p [B] of rows in original units, float64 on the CPU, at a depth; deterministic.</summary>
    public required Func<RowSet, int, Tensor> LogProb { get; init; }

    /// <summary>Options of the flow.</summary>
    public required Func<MongeAmpereFlowOptions> Options { get; init; }

    /// <summary>What there is to say about the flow before training, or null.</summary>
    public required Func<string?> Remark { get; init; }

    public required Action<Precision> Choose { get; init; }

    public required Action<int> Refine { get; init; }

    public static DensitySubject Of(DensityModel model) => new()
    {
        Owner = model.Flow.Potential.GetType().Name,
        Dimension = model.Dimension,
        Depth = model.Flow.Depth,
        Unconditional = model.Flow,
        Parameters = model.Flow.NamedParameters(),
        Identity = () => new Dictionary<string, string>(IdentityText.Of(model.Flow))
        {
            ["preprocessing"] = IdentityText.Of(model.Preprocessing),
        },
        Prepare = model.Preprocessing.Forward,
        Flow = (_, depth) => model.Flow.At(depth),
        LogProb = (set, depth) => model.At(depth).LogProb(set.Rows),
        Options = () => model.Flow.Options,
        Remark = () => model.Flow.Options.PrecisionRemark(model.Flow.Potential),
        Choose = model.Flow.Choose,
        Refine = model.Refine,
    };

    public static DensitySubject Of(ConditionalFlow flow) => new()
    {
        Owner = flow.Potential.GetType().Name,
        Dimension = flow.Dimension,
        ContextDimension = flow.ContextDimension,
        Depth = flow.Depth,
        Parameters = flow.NamedParameters(),
        Identity = () => IdentityText.Of(flow),
        Prepare = (rows, _) => new(rows.alias(), zeros(rows.shape[0], dtype: float64)),
        Flow = (context, depth) => flow.Given(context!).At(depth),
        LogProb = (set, depth) =>
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            var given = flow.Given(set.Context!).At(depth).ForScoring();
            return given.LogProb(set.Rows).to(float64).cpu().MoveToOuterDisposeScope();
        },
        Options = () => flow.Options,
        Remark = () => flow.PrecisionRemark,
        Choose = flow.Choose,
        Refine = flow.Refine,
    };

    public static DensitySubject Of(ConditionalDensityModel model) => Of(model.Flow) with
    {
        Identity = () => new Dictionary<string, string>(IdentityText.Of(model.Flow))
        {
            ["preprocessing"] = $"{IdentityText.Of(model.Preprocessing)} | {IdentityText.Of(model.Scaling)}",
        },
        Prepare = model.Preprocessing.Forward,
        Flow = (context, depth) => model.Flow.Given(model.Scaling.Apply(context!)).At(depth),
        LogProb = (set, depth) => model.At(depth).LogProb(set.Rows, set.Context!),
    };

    /// <summary>Requires finite rows of the right width, each with a context where there are contexts.</summary>
    /// <exception cref="ArgumentException">They are something else.</exception>
    public void Require(RowSet set, string name, string what)
    {
        TensorChecks.RequirePoints(set.Rows, Dimension, name);
        TensorChecks.RequireFinite(set.Rows, what);
        if (ContextDimension == 0)
        {
            return;
        }

        TensorChecks.RequirePoints(set.Context!, ContextDimension, $"{name}Context");
        TensorChecks.RequireFinite(set.Context!, $"the contexts of {what}");
        if (set.Context!.shape[0] != set.Count)
        {
            throw new ArgumentException($"Expected one context for each of {set.Count} rows, got {set.Context.shape[0]}.", name);
        }
    }
}
