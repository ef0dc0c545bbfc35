using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>A row with a label whose mean and spread depend on the first of two features.</summary>
internal sealed class Observation
{
    [VectorType(2)]
    public float[] Features { get; set; } = [];

    public float Label { get; set; }
}

/// <summary>What a regression says of a row.</summary>
internal sealed class Prediction
{
    public float Score { get; set; }

    public float StandardDeviation { get; set; }

    public float[] Quantiles { get; set; } = [];

    public float LogLikelihood { get; set; }
}

/// <summary>A regression that trains in a second or two.</summary>
internal static class SmallRegression
{
    private static readonly Lazy<MongeAmpereFlowRegressionTransformer> _fitted =
        new(() => Trainer(new MLContext(seed: 1)).Fit(View(new MLContext(seed: 1), 600)));

    /// <summary>One fitted transformer that all tests share, and none disposes.</summary>
    public static MongeAmpereFlowRegressionTransformer Fitted => _fitted.Value;

    public static MongeAmpereFlowRegressionTrainer.Options Options() => new() { MaxSteps = 200, LearningRate = 1e-2, Seed = 1, ScoringBatchSize = 16 };

    public static MongeAmpereFlowRegressionTrainer Trainer(MLContext context, MongeAmpereFlowRegressionTrainer.Options? options = null) =>
        context.Regression.Trainers.MongeAmpereFlow(options ?? Options());

    /// <summary>y = x + (0.2 + 0.1 |x|) noise.</summary>
    public static Observation[] Rows(int rows, int seed = 5)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ =>
        {
            var x = (random.NextSingle() * 4) - 2;
            return new Observation { Features = [x, random.NextSingle()], Label = x + ((0.2f + (0.1f * Math.Abs(x))) * Normal(random)) };
        })];
    }

    public static IDataView View(MLContext context, int rows, int seed = 5) => context.Data.LoadFromEnumerable(Rows(rows, seed));

    public static Prediction[] Predictions(ITransformer model, IDataView data)
    {
        var schema = SchemaDefinition.Create(typeof(Prediction));
        schema[nameof(Prediction.Quantiles)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 7);
        return [.. new MLContext().Data.CreateEnumerable<Prediction>(model.Transform(data), reuseRowObject: false, schemaDefinition: schema)];
    }

    private static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
