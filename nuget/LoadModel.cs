// The second process: what the README's pipeline has saved, loaded by a program that never saw it fitted.
using Microsoft.ML;
using Microsoft.ML.Data;

var mlContext = new MLContext();
var engine = mlContext.Model.CreatePredictionEngine<Row, Scored>(mlContext.Model.Load("model.zip", out _));
var on = engine.Predict(new() { Features = [3, 0.14f] }).PValue;
var off = engine.Predict(new() { Features = [3, 3] }).PValue;
Console.WriteLine($"p-value on the curve {on:F3}, off it {off:F3}");

class Row { [VectorType(2)] public float[] Features { get; set; } = []; }
class Scored { public float Score { get; set; } public float PValue { get; set; } }
