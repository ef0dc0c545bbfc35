using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MAFlow.MLNet.Tests;

/// <summary>A saved regression predicts and draws in a process that never maps libtorch.</summary>
[TestClass]
public sealed class RegressionWithoutTorchTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Predictions_need_no_libtorch()
    {
        var folder = Directory.CreateTempSubdirectory("regression").FullName;
        var program = LoadHost.WithoutTorch();
        try
        {
            var (file, lines) = (Path.Combine(folder, "model.zip"), Path.Combine(folder, "rows.txt"));
            var rows = SmallRegression.Rows(20, seed: 12);
            _context.Model.Save(SmallRegression.Fitted, _context.Data.LoadFromEnumerable(rows).Schema, file);
            File.WriteAllLines(lines, rows.Select(row => string.Join(' ', row.Features.Select(x => x.ToString("R", CultureInfo.InvariantCulture)))));
            var (exitCode, output, errors) = LoadHost.Start(program, [], file, lines, "columns");
            Assert.AreEqual(0, exitCode, errors);
            var printed = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.HasCount(40, printed);
            var expected = SmallRegression.Predictions(SmallRegression.Fitted, _context.Data.LoadFromEnumerable(rows));
            for (var row = 0; row < rows.Length; row++)
            {
                Assert.Contains($"{BitConverter.SingleToInt32Bits(expected[row].Score):x8}", printed[row]);
            }
        }
        finally
        {
            Directory.Delete(program, recursive: true);
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void ONNX_is_refused_by_name()
    {
        var data = SmallRegression.View(_context, 5);
        using var stream = new MemoryStream();
        var error = Assert.ThrowsExactly<NotSupportedException>(() => _context.Model.ConvertToOnnx(SmallRegression.Fitted, data, stream));
        Assert.Contains("A regression cannot be exported to ONNX", error.Message);
        Assert.AreEqual(0L, stream.Length);
    }

    [TestMethod]
    public void Managed_code_and_tensors_say_the_same()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        var rows = SmallRegression.Rows(30, seed: 13);
        var predicted = SmallRegression.Predictions(SmallRegression.Fitted, _context.Data.LoadFromEnumerable(rows));
        var context = TensorRows.FromArray([.. rows.SelectMany(row => row.Features)], rows.Length, 2);
        var labels = TensorRows.FromArray([.. rows.Select(row => row.Label)], rows.Length, 1);
        var model = SmallRegression.Fitted.Model;
        var (mean, deviation) = model.Predict(context).Moments();
        Close(TensorRows.ToArray(mean), [.. predicted.Select(row => row.Score)]);
        Close(TensorRows.ToArray(deviation), [.. predicted.Select(row => row.StandardDeviation)]);
        Close(TensorRows.ToArray(model.LogProb(labels, context)), [.. predicted.Select(row => row.LogLikelihood)]);
        Close(TensorRows.ToArray(model.Predict(context).Quantiles(SmallRegression.Fitted.QuantileLevels)), [.. predicted.SelectMany(row => row.Quantiles)]);
    }

    private static void Close(float[] expected, float[] actual)
    {
        Assert.HasCount(expected.Length, actual);
        foreach (var (wanted, got) in expected.Zip(actual))
        {
            Assert.AreEqual(wanted, got, 2e-5 * Math.Max(1, Math.Abs(wanted)));
        }
    }
}
