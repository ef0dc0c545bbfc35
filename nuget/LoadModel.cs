// The second process: what the README's pipeline has saved, loaded by a program that never saw it fitted.
using Microsoft.ML;
using Microsoft.ML.Data;

var mlContext = new MLContext();
var engine = mlContext.Model.CreatePredictionEngine<Row, Scored>(mlContext.Model.Load("model.zip", out _));
Console.WriteLine($"on the curve {engine.Predict(new() { Features = [3, 0.14f] }).Score:F1} nats, off it {engine.Predict(new() { Features = [3, 3] }).Score:F1} nats");

class Row { [VectorType(2)] public float[] Features { get; set; } = []; }
class Scored { public float LogLikelihood { get; set; } public float Score { get; set; } public bool PredictedLabel { get; set; } }
