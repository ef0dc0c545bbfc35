using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>What a user does from the first file to production: a CSV file with numbers and categories, one pipeline, one model file, a
/// service.</summary>
[TestClass]
public sealed class WholePipelineTests
{
    private readonly MLContext _context = new(seed: 1);

    private string _folder = "";

    [TestInitialize]
    public void Start() => _folder = Directory.CreateTempSubdirectory("maflow").FullName;

    [TestCleanup]
    public void End() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    public void From_a_CSV_file_to_predictions_in_several_threads()
    {
        var (training, test) = (WriteCsv("training.csv", 400, share: 0, seed: 1), WriteCsv("test.csv", 200, share: 0.1, seed: 2));
        var loader = _context.Data.CreateTextLoader<Payment>(separatorChar: ',', hasHeader: true);
        var pipeline = _context.Transforms.ReplaceMissingValues("Amount")
            .Append(_context.Transforms.Categorical.OneHotEncoding("Country"))
            .Append(_context.Transforms.Concatenate("Features", "Amount", "Age", "Country"))
            .Append(_context.AnomalyDetection.Trainers.MongeAmpereFlow(new MongeAmpereFlowTrainer.Options
            {
                MaxEpochs = 20, HiddenUnits = 16, Seed = 1, ContributionsColumnName = "Contributions",
            }));
        using var model = pipeline.Fit(loader.Load(training));
        var data = loader.Load(test);
        var scored = model.Transform(data);
        var scores = scored.GetColumn<float>("Score").ToArray();
        var area = _context.AnomalyDetection.Evaluate(scored).AreaUnderRocCurve;
        Assert.IsGreaterThan(0.9, area);
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Contributions"].GetSlotNames(ref names);
        CollectionAssert.IsSubsetOf(new[] { "Amount", "Age", "Country.DE" }, names.DenseValues().Select(name => name.ToString()).ToArray());

        var file = Path.Combine(_folder, "model.zip");
        _context.Model.Save(model, loader, file);
        var printed = LoadHost.Run(file, test, "evaluate").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.AreEqual(area, double.Parse(printed[0], CultureInfo.InvariantCulture));
        CollectionAssert.AreEqual(scores, printed.Skip(1).Select(line => float.Parse(line, CultureInfo.InvariantCulture)).ToArray());

        var payments = _context.Data.CreateEnumerable<Payment>(data, reuseRowObject: false).ToArray();
        var answers = new Answer[payments.Length];
        // An engine serves one thread; the model serves them all.
        Parallel.For(0, 4, thread =>
        {
            using var engine = _context.Model.CreatePredictionEngine<Payment, Answer>(model, new PredictionEngineOptions { OwnsTransformer = false });
            for (var row = thread; row < payments.Length; row += 4)
            {
                answers[row] = engine.Predict(payments[row]);
            }
        });
        for (var row = 0; row < answers.Length; row++)
        {
            Assert.AreEqual(scores[row], answers[row].Score, 1e-3 * (1 + Math.Abs(scores[row])));
            Assert.IsTrue(float.IsFinite(answers[row].LogLikelihood));
            Assert.IsTrue(answers[row].PValue is > 0 and <= 1);
            Assert.HasCount(names.Length, answers[row].Contributions);
        }

        Assert.IsGreaterThan(5, answers.Count(answer => answer.PredictedLabel));
    }

    private string WriteCsv(string name, int rows, double share, int seed)
    {
        var random = new Random(seed);
        var path = Path.Combine(_folder, name);
        File.WriteAllLines(path, Enumerable.Range(0, rows).Select(_ =>
        {
            var anomaly = random.NextDouble() < share;
            var amount = Math.Exp(3 + random.NextDouble() + (anomaly ? 3 : 0));
            var country = anomaly ? "XX" : random.Next(2) == 0 ? "DE" : "FR";
            return FormattableString.Invariant($"{amount:F2},{random.Next(18, 80)},{country},{(anomaly ? 1 : 0)}");
        }).Prepend("amount,age,country,label"));
        return path;
    }

    private sealed class Payment
    {
        [LoadColumn(0)]
        public float Amount { get; set; }

        [LoadColumn(1)]
        public float Age { get; set; }

        [LoadColumn(2)]
        public string Country { get; set; } = "";

        [LoadColumn(3)]
        public float Label { get; set; }
    }

    private sealed class Answer
    {
        public float Score { get; set; }

        public float LogLikelihood { get; set; }

        public float PValue { get; set; }

        public bool PredictedLabel { get; set; }

        public float[] Contributions { get; set; } = [];
    }
}
