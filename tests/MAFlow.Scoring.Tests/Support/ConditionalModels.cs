using static TorchSharp.torch;

namespace MAFlow.Scoring.Tests;

/// <summary>One line per conditional density that is scored here, away from rest, with rows and contexts by seed and number.</summary>
internal sealed record ConditionalModels(string Name, int Dimension, int ContextDimension, ConditionalDensityModelOptions Options)
{
    public static IReadOnlyList<ConditionalModels> All { get; } =
    [
        new("one label", 1, 2, new() { HiddenUnits = 16, ContextUnits = 5 }),
        new("vectors", 3, 2, new() { HiddenUnits = 7, ContextUnits = 4 }),
        new("a hidden layer alone", 2, 1, new() { HiddenUnits = 5, ContextUnits = 33, Parts = 1 }),
        new("several panels of units and contexts", 2, 19, new() { HiddenUnits = 40, ContextUnits = 20, Parts = 3, Flow = new() { Horizon = 1, Depth = 5 } }),
        new("another method", 3, 3, new()
        {
            HiddenUnits = 6, ContextUnits = 3, Flow = new() { Horizon = 1.5, Depth = 3, Integrator = new ExplicitRungeKutta(ButcherTableau.DormandPrince5) },
        }),
        new("far tails", 2, 2, new() { HiddenUnits = 6, ContextUnits = 3, Bijections = [new Smoothing(), new TailCompression(0.5), new Standardization()] }),
        new("levels", 2, 2, new() { HiddenUnits = 4, ContextUnits = 3, Bijections = [new UniformDequantization(40, 0.5, -10), new Standardization()] }),
    ];

    public static ConditionalModels Named(string name) => All.Single(model => model.Name == name);

    /// <summary>A few steps of training at a high rate: no parameter is where it began.</summary>
    public ConditionalDensityModel Fit(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (rows, context) = Data(1, 300);
        var model = (Options with { DataType = type }).Build(rows, context, generator);
        new DensityTrainer(new() { MaxSteps = 12, LearningRate = 0.05, BatchSize = 50, DepthTolerance = null, ValidationFraction = 0 }).Fit(model, rows, context);
        return model;
    }

    public (Tensor Rows, Tensor Context) Data(ulong seed, long count)
    {
        using var scope = NewDisposeScope();
        var context = Draw.Normal(seed, count, ContextDimension).mul(2).add(1);
        var rows = context.narrow(1, 0, 1).mul(0.5).add(Draw.Normal(seed + 1, count, Dimension));
        rows = Name == "levels" ? rows.mul(2).round().div(2).clamp(-10, 9.5) : rows;
        return (rows.MoveToOuterDisposeScope(), context.MoveToOuterDisposeScope());
    }

    public static byte[] Bytes(ConditionalDensityModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }

    public static ConditionalDensityScorer Load(byte[] bytes) => ConditionalDensityScorer.Load(new MemoryStream(bytes), bytes.Length);
}
