<?php
// Writes laravel.csv, laravel.json and phpmyadmin.json: users of Laravel's own Eloquent, hasher and
// encrypter on SQLite. apt-get install php-laravel-framework php-sqlite3, then php laravel.php [N].
error_reporting(E_ALL & ~E_DEPRECATED);
require_once 'Illuminate/autoload.php';

use Illuminate\Database\Capsule\Manager;
use Illuminate\Database\Eloquent\Model;
use Illuminate\Encryption\Encrypter;
use Illuminate\Hashing\BcryptHasher;

$many = (int) ($argv[1] ?? 0); // of many users, twenty passwords go round: their digests do not compress
const TURN = 20;
$file = tempnam(sys_get_temp_dir(), 'laravel');
$database = new Manager();
$database->addConnection(['driver' => 'sqlite', 'database' => $file]);
$database->setAsGlobal();
$database->bootEloquent();
Manager::schema()->create('users', function ($table) {
    $table->id();
    $table->string('name');
    $table->string('email')->unique();
    $table->timestamp('email_verified_at')->nullable();
    $table->string('password');
    $table->text('two_factor_secret')->nullable();
    $table->text('two_factor_recovery_codes')->nullable();
    $table->rememberToken();
    $table->timestamps();
    $table->softDeletes();
});
class User extends Model
{
    use Illuminate\Database\Eloquent\SoftDeletes;
    protected $guarded = [];
    protected $hidden = ['remember_token', 'two_factor_secret', 'two_factor_recovery_codes'];
    protected $casts = ['email_verified_at' => 'datetime'];
}
$hasher = new BcryptHasher(['rounds' => 4]);
$encrypter = new Encrypter(str_repeat('k', 16));
$digests = [];
$digest = function (int $n) use (&$digests, $hasher, $many) {
    return $digests[$n % TURN] ??= $hasher->make('Tr0ub4dor&3 ü' . ($many ? $n % TURN : ''));
};
$add = fn (int $n, array $more = []) => User::create($more + ['name' => "Lara $n", 'email' => ($many ? 'user' : 'lara') . "$n@example.com", 'password' => $digest($n),
    'email_verified_at' => '2024-01-02 03:04:05', 'remember_token' => 'abcdefghij']);
if ($many) {
    Manager::connection()->transaction(function () use ($many, $add) {
        for ($n = 0; $n < $many; $n++) $add($n);
    });
} else {
    $add(1);
    $add(2, ['email_verified_at' => null]);
    $add(3, ['two_factor_secret' => $encrypter->encrypt('JBSWY3DPEHPK3PXP'), 'two_factor_recovery_codes' => $encrypter->encrypt('["a","b"]')]);
    $add(4)->delete();
}
$table = shell_exec('sqlite3 -csv -header ' . escapeshellarg($file) . ' "SELECT * FROM users"');
if ($many) {
    file_put_contents('../exports/laravel.csv.gz', gzencode($table));
    exit;
}
file_put_contents('laravel.csv', $table);
file_put_contents('laravel.json', User::withTrashed()->get()->toJson(JSON_PRETTY_PRINT));
$rows = array_map(fn ($row) => array_map(fn ($value) => $value === null ? null : (string) $value, (array) $row), Manager::table('users')->get()->all());
file_put_contents('phpmyadmin.json', "[\n" . json_encode(['type' => 'header', 'version' => '5.2.1', 'comment' => 'Export to JSON plugin for PHPMyAdmin']) . ",\n"
    . json_encode(['type' => 'database', 'name' => 'shop']) . ",\n" . '{"type":"table","name":"users","database":"shop","data":' . "\n[\n" . implode(",\n", array_map('json_encode', $rows)) . "\n]\n}\n]\n");
unlink($file);
