using System.Globalization;
using Microsoft.ML;

namespace MAFlow.MLNet.Tests;

/// <summary>A saved model loads and scores in a process that never maps libtorch, bit for bit as it does here.</summary>
[TestClass]
public sealed class WithoutTorchTests
{
    private readonly MLContext _context = new(seed: 1);
    private string _folder = "";

    [TestInitialize]
    public void Start() => _folder = Directory.CreateTempSubdirectory("scoring").FullName;

    [TestCleanup]
    public void End() => Directory.Delete(_folder, recursive: true);

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Loading_and_scoring_map_no_libtorch()
    {
        foreach (var model in new[] { SmallFlow.Fitted, Anomalies(), Measured.By(AnomalyMeasure.LatentNeighbours), Measured.By(AnomalyMeasure.Neighbours) })
        {
            var (file, rows, expected) = Saved(model);
            CollectionAssert.AreEqual(expected, Lines(LoadHost.Run(file, rows, "columns")));
        }
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Another_family_does_map_it()
    {
        var options = SmallFlow.Options();
        options.Potential = context => new MlpPotential(context.Dimension, [8], Activation.Softplus, context.Generator);
        using var model = SmallFlow.Fit(options);
        var (file, rows, expected) = Saved(model);
        var lines = Lines(LoadHost.Run(file, rows, "columns"));
        CollectionAssert.AreEqual(expected, lines[..expected.Length]);
        Assert.Contains(line => line.Contains("LibTorchSharp", StringComparison.Ordinal), lines[expected.Length..]);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void A_program_without_libtorch_scores_and_says_what_it_cannot()
    {
        var program = LoadHost.WithoutTorch();
        try
        {
            var (file, rows, expected) = Saved(Anomalies());
            var (exitCode, output, errors) = LoadHost.Start(program, [], file, rows, "columns");
            Assert.AreEqual(0, exitCode, errors);
            CollectionAssert.AreEqual(expected, Lines(output));

            var options = SmallFlow.Options();
            options.Potential = context => new MlpPotential(context.Dimension, [8], Activation.Softplus, context.Generator);
            using var other = SmallFlow.Fit(options);
            (exitCode, _, errors) = LoadHost.Start(program, [], Saved(other).File, rows, "columns");
            Assert.AreNotEqual(0, exitCode);
            foreach (var part in new[] { "Scoring this model", "'mlp'", "needs libtorch", "TorchSharp-cpu" })
            {
                StringAssert.Contains(errors, part);
            }
        }
        finally
        {
            Directory.Delete(program, recursive: true);
        }
    }

    [TestMethod]
    public void A_loaded_model_is_saved_again_byte_by_byte_before_and_behind_its_tensors()
    {
        using var loaded = (MongeAmpereFlowTransformer)_context.Model.Load(Saved(SmallFlow.Fitted).File, out var schema);
        var before = Bytes(loaded, schema);
        Assert.AreEqual(3, loaded.Model.Dimension);
        CollectionAssert.AreEqual(before, Bytes(loaded, schema));
    }

    [TestMethod]
    public void The_tensors_of_a_loaded_model_go_with_it()
    {
        var loaded = (MongeAmpereFlowTransformer)_context.Model.Load(Saved(SmallFlow.Fitted).File, out _);
        var weights = loaded.Model.Flow.Potential.parameters().ToArray();
        using (var other = loaded.WithThreshold(1))
        {
            loaded.Dispose();
            Assert.IsFalse(weights[0].IsInvalid);
        }

        Assert.IsTrue(weights.All(parameter => parameter.IsInvalid));
        Assert.ThrowsExactly<ObjectDisposedException>(() => loaded.Model);
    }

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A model file, a file of its rows, and what the model says of them in this process.</summary>
    private (string File, string Rows, string[] Expected) Saved(ITransformer model)
    {
        var vectors = Tables.Records(40).Select(record => record.Features).ToArray();
        (vectors[5], vectors[7]) = ([float.NaN, 1, 2], [float.PositiveInfinity, 1, 2]);
        var data = Tables.Vectors(vectors);
        var (file, rows) = (Path.Combine(_folder, Path.GetRandomFileName()), Path.Combine(_folder, Path.GetRandomFileName()));
        _context.Model.Save(model, data.Schema, file);
        File.WriteAllLines(rows, vectors.Select(row => string.Join(' ', row.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))));
        return (file, rows, [.. ScoredLines.Of(model, data)]);
    }

    private byte[] Bytes(ITransformer model, DataViewSchema schema)
    {
        using var stream = new MemoryStream();
        _context.Model.Save(model, schema, stream);
        stream.Position = 0;
        using var archive = new System.IO.Compression.ZipArchive(stream);
        using var entry = archive.Entries.Single(entry => entry.Name == "Model.safetensors").Open();
        using var content = new MemoryStream();
        entry.CopyTo(content);
        return content.ToArray();
    }

    private MongeAmpereFlowTransformer Anomalies() => _context.AnomalyDetection.Trainers.MongeAmpereFlow(
        new() { ContributionsColumnName = "Contributions", Seed = 1, MaxEpochs = 2, ScoringBatchSize = 16 }).Fit(
            Tables.Vectors([.. Tables.Records(200).Select(record => record.Features)]));
}
