using System.Globalization;
using System.IO.Compression;
using System.Reflection;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>Model files of ML.NET with a flow in them.</summary>
[TestClass]
public sealed class SaveLoadTests
{
    private readonly MLContext _context = new(seed: 1);

    private string _file = "";

    [TestInitialize]
    public void Start() => _file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".zip");

    [TestCleanup]
    public void End() => File.Delete(_file);

    [TestMethod]
    public void A_loaded_model_gives_the_same_numbers_bit_for_bit()
    {
        var data = Tables.View(_context, 100);
        using var saved = SmallFlow.Fitted.WithThreshold(3.25f);
        _context.Model.Save(saved, data.Schema, _file);
        using var loaded = (MongeAmpereFlowTransformer)new MLContext().Model.Load(_file, out var schema);

        CollectionAssert.AreEqual(SmallFlow.Scores(saved, data), SmallFlow.Scores(loaded, data));
        CollectionAssert.AreEqual(Latent(saved, data), Latent(loaded, data));
        Assert.AreEqual(3.25f, loaded.Threshold);
        Assert.HasCount(data.Schema.Count, schema);
        Assert.IsNull(loaded.Report);
        Assert.IsNotNull(saved.Report);
    }

    [TestMethod]
    public void A_chain_with_renamed_columns_survives()
    {
        var options = SmallFlow.Options();
        (options.ScoreColumnName, options.PredictedLabelColumnName, options.ScoringDepth) = ("Nll", null, 3);
        var data = Tables.View(_context, 100);
        var chain = _context.Transforms.NormalizeMinMax("Features").Append(SmallFlow.Estimator(options, _context)).Fit(data);
        _context.Model.Save(chain, data.Schema, _file);
        var loaded = new MLContext().Model.Load(_file, out _);
        var (before, after) = (chain.Transform(data), loaded.Transform(data));

        CollectionAssert.AreEqual(before.Schema.Select(column => column.ToString()).ToArray(), after.Schema.Select(column => column.ToString()).ToArray());
        CollectionAssert.AreEqual(before.GetColumn<float>("Nll").ToArray(), after.GetColumn<float>("Nll").ToArray());
        chain.Dispose();
        ((IDisposable)loaded).Dispose();
    }

    [TestMethod]
    public void A_fresh_process_loads_the_model_with_nothing_registered()
    {
        var data = Tables.View(_context, 40);
        _context.Model.Save(SmallFlow.Fitted, data.Schema, _file);
        var rows = _file + ".txt";
        File.WriteAllLines(rows, Tables.Column(data, "Features").Select(row => string.Join(' ', row.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))));
        try
        {
            var printed = LoadHost.Run(_file, rows).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => float.Parse(line, CultureInfo.InvariantCulture)).ToArray();
            CollectionAssert.AreEqual(SmallFlow.Scores(SmallFlow.Fitted, data).Select(score => -score).ToArray(), printed);
        }
        finally
        {
            File.Delete(rows);
        }
    }

    [TestMethod]
    public void Damaged_weights_are_named_as_such() => ExpectOnLoad(Spoil("Model.safetensors", bytes => bytes[..(bytes.Length / 2)]));

    [TestMethod]
    public void A_model_without_weights_is_named_as_such() => ExpectOnLoad(Spoil("Model.safetensors", _ => null), "an entry 'Model.safetensors', got none");

    [TestMethod]
    public void Damaged_settings_are_named_as_such() => ExpectOnLoad(
        Spoil("Model.key", bytes => Replace(bytes, "\"Threshold\"", "\"Treshold!\"")), "settings in JSON");

    [TestMethod]
    public void A_length_that_cannot_be_is_refused_before_memory_is_asked_for() => ExpectOnLoad(Spoil("Model.key", bytes =>
    {
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.AsSpan().IndexOf("{\"Columns"u8) - 4), int.MaxValue);
        return bytes;
    }), "got 2147483647");

    [TestMethod]
    public void A_newer_file_asks_for_an_update() => ExpectOnLoad(Spoil("Model.key", bytes =>
    {
        // In ML.NET's header the version written and the oldest version that can read it follow the signature of the model.
        var signature = bytes.AsSpan().IndexOf("MAFLOW"u8);
        BitConverter.TryWriteBytes(bytes.AsSpan(signature + 8), 0x00020001);
        BitConverter.TryWriteBytes(bytes.AsSpan(signature + 12), 0x00020001);
        return bytes;
    }), "newer version", "Update the package MAFlow.MLNet");

    [TestMethod]
    public void A_file_of_another_kind_is_refused() => ExpectOnLoad(Spoil("Model.key", bytes => Replace(bytes, "MAFLOW", "FOREIG")), "the signature MAFLOW");

    private string Spoil(string entry, Func<byte[], byte[]?> change)
    {
        _context.Model.Save(SmallFlow.Fitted, Tables.View(_context, 1).Schema, _file);
        using var archive = ZipFile.Open(_file, ZipArchiveMode.Update);
        var old = archive.Entries.Single(candidate => candidate.Name == entry && candidate.Length > 0
            && !candidate.FullName.StartsWith("Schema", StringComparison.Ordinal));
        using var content = new MemoryStream();
        using (var stream = old.Open())
        {
            stream.CopyTo(content);
        }

        var name = old.FullName;
        old.Delete();
        if (change(content.ToArray()) is { } changed)
        {
            using var stream = archive.CreateEntry(name).Open();
            stream.Write(changed);
        }

        return _file;
    }

    private static byte[] Replace(byte[] bytes, string old, string changed)
    {
        Encoding.UTF8.GetBytes(changed).CopyTo(bytes.AsSpan(bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(old))));
        return bytes;
    }

    [TestMethod]
    public void A_GPU_that_is_absent_is_the_base_of_what_loading_throws()
    {
        _context.Model.Save(SmallFlow.Fitted, Tables.View(_context, 1).Schema, _file);
        var context = new MLContext { GpuDeviceId = 31 };
        var error = Assert.ThrowsExactly<TargetInvocationException>(() => context.Model.Load(_file, out _));
        var missing = error.GetBaseException();
        Assert.IsInstanceOfType<InvalidOperationException>(missing);
        StringAssert.Contains(missing.Message, "GPU");
    }

    // ML.NET makes components by reflection, a chain and what is in it, and each wraps what was thrown in it.
    private static void ExpectOnLoad(string file, params string[] parts)
    {
        var error = Assert.ThrowsExactly<TargetInvocationException>(() => new MLContext().Model.Load(file, out _));
        var cause = error.GetBaseException();
        Assert.IsInstanceOfType<FormatException>(cause, error.ToString());
        foreach (var part in parts)
        {
            StringAssert.Contains(cause.Message, part);
        }
    }

    private static float[] Latent(MongeAmpereFlowTransformer model, IDataView data) => [.. Tables.Column(model.Transform(data), "Latent").SelectMany(row => row)];
}
