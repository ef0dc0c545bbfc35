// What a stranger's service does: load a model file and score rows. Nothing here names a type of MAFlow, and nothing is registered.
// Arguments: the model file, and a file with one row of numbers a line. Output: the log-likelihoods, one a line.
// With a third argument, "evaluate", the model file holds a loader and the second file is what it loads: the area under the ROC curve,
// then the scores.
// "columns": all columns of the view and of a PredictionEngine, bit by bit, then the native libraries of torch that the process has mapped.
// "given" and a number C: the same of a density that depends on a context, the last C numbers of each line.
// "fit", a file of rows, a seed, a number of threads: scores and threshold of an anomaly trainer with its defaults, and a digest of its weights.
// "precision": what a flow takes where the choice is left to it, and what trainings remark.
// "train", a checkpoint, a file for the model, and a number of epochs: a training, to be killed.
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

if (args is ["train", var checkpoint, var trained, var epochs])
{
    Training.Run(checkpoint, trained, int.Parse(epochs, CultureInfo.InvariantCulture));
    return;
}

if (args is ["fit", var table, var seed, var threads])
{
    Fit(table, int.Parse(seed, CultureInfo.InvariantCulture), int.Parse(threads, CultureInfo.InvariantCulture));
    return;
}

if (args is ["precision"])
{
    Training.Precisions();
    return;
}

if (args is [_, _, "evaluate"])
{
    Evaluate(args[0], args[1]);
    return;
}

var context = new MLContext();
var model = context.Model.Load(args[0], out _);
if (args is [_, _, "columns"])
{
    foreach (var line in ScoredLines.Of(model, Read(context, args[1])).Concat(TorchLibraries()))
    {
        Console.WriteLine(line);
    }

    return;
}

if (args is [_, _, "given", var contextWidth])
{
    var width = int.Parse(contextWidth, CultureInfo.InvariantCulture);
    foreach (var line in GivenLines.Of(model, args[1], width).Concat(TorchLibraries()))
    {
        Console.WriteLine(line);
    }

    return;
}

var scored = model.Transform(Read(context, args[1]));
foreach (var value in scored.GetColumn<float>("LogLikelihood"))
{
    Console.WriteLine(value.ToString("R", CultureInfo.InvariantCulture));
}

static IEnumerable<string> TorchLibraries() => File.ReadLines("/proc/self/maps")
    .Select(line => Path.GetFileName(line))
    .Where(file => file.Contains("torch", StringComparison.OrdinalIgnoreCase) && !file.EndsWith(".dll", StringComparison.Ordinal))
    .Distinct();

static IDataView Read(MLContext context, string path)
{
    var rows = File.ReadLines(path)
        .Select(line => new Row { Features = [.. line.Split(' ').Select(number => float.Parse(number, CultureInfo.InvariantCulture))] })
        .ToArray();
    var schema = SchemaDefinition.Create(typeof(Row));
    schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, rows[0].Features.Length);
    return context.Data.LoadFromEnumerable(rows, schema);
}

static void Fit(string path, int seed, int threads)
{
    TorchRuntime.EnsureLoaded();
    TorchSharp.torch.set_num_threads(threads);
    var context = new MLContext();
    var data = Read(context, path);
    using var model = context.AnomalyDetection.Trainers.MongeAmpereFlow(new() { Seed = seed, MaxSeconds = 1200 }).Fit(data);
    Console.WriteLine(Fingerprint.Of(model, data));
}

static void Evaluate(string modelFile, string dataFile)
{
    var context = new MLContext();
    var model = context.Model.LoadWithDataLoader(modelFile, out var loader);
    var scored = model.Transform(loader.Load(new MultiFileSource(dataFile)));
    Console.WriteLine(context.AnomalyDetection.Evaluate(scored).AreaUnderRocCurve.ToString("R", CultureInfo.InvariantCulture));
    foreach (var value in scored.GetColumn<float>("Score"))
    {
        Console.WriteLine(value.ToString("R", CultureInfo.InvariantCulture));
    }
}
