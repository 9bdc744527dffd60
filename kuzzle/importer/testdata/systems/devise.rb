# Writes devise.csv and devise.json: users of the real Devise on SQLite, with its modules' columns.
# apt-get install ruby-devise ruby-sqlite3 ruby-activerecord sqlite3, then ruby devise.rb [N].
require 'active_record'
require 'action_controller/railtie'
require 'devise'
require 'devise/orm/active_record'
require 'tmpdir'

many = ARGV.first.to_i # of many users, twenty passwords go round: their digests do not compress
TURN = 20
password = ->(n) { "Tr0ub4dor&3 ü#{n % TURN if many > 0}" }
file = "#{Dir.mktmpdir}/devise.db"
ActiveRecord::Base.establish_connection(adapter: 'sqlite3', database: file)
Devise.setup do |config|
  config.stretches = 4
  config.mailer_sender = 'x@example.com'
  config.secret_key = 'x' * 64
end
ActiveRecord::Schema.verbose = false
ActiveRecord::Schema.define do
  create_table :users do |t|
    t.string :email, null: false, default: ''
    t.string :encrypted_password, null: false, default: ''
    t.string :reset_password_token
    t.datetime :reset_password_sent_at
    t.datetime :remember_created_at
    t.integer :sign_in_count, default: 0, null: false
    t.datetime :current_sign_in_at
    t.datetime :last_sign_in_at
    t.string :current_sign_in_ip
    t.string :last_sign_in_ip
    t.string :confirmation_token
    t.datetime :confirmed_at
    t.datetime :confirmation_sent_at
    t.string :unconfirmed_email
    t.integer :failed_attempts, default: 0, null: false
    t.string :unlock_token
    t.datetime :locked_at
    t.string :username
    t.string :provider
    t.string :uid
    t.boolean :otp_required_for_login
    t.timestamps null: false
  end
end
class User < ActiveRecord::Base
  devise :database_authenticatable, :confirmable, :lockable, :trackable, :recoverable, :rememberable
  def send_confirmation_notification?; false; end
  def send_devise_notification(*); end
end
at = Time.utc(2024, 1, 2, 3, 4, 5)
add = lambda do |n, **more|
  User.create!({ email: "#{many > 0 ? 'user' : 'dev'}#{n}@example.com", username: "#{many > 0 ? 'user' : 'dev'}#{n}", password: password.call(n), confirmed_at: at, current_sign_in_at: at, sign_in_count: 3 }.merge(more))
end
if many > 0
  User.transaction { (0...many).each { |n| add.call(n).update_columns(encrypted_password: User.find(n % TURN + 1).encrypted_password) } }
else
  add.call(1)
  add.call(2, confirmed_at: nil)
  add.call(3).lock_access!(send_instructions: false)
  add.call(4, provider: 'github', uid: '1234')
  add.call(5, unconfirmed_email: 'new5@example.com', otp_required_for_login: true)
end
ActiveRecord::Base.connection.close
table = `sqlite3 -csv -header #{file} 'SELECT * FROM users'`
if many > 0
  IO.popen(['gzip', '-n'], 'r+') { |io| io.write(table); io.close_write; File.binwrite('../exports/devise.csv.gz', io.read) }
else
  File.write('devise.csv', table)
  File.write('devise.json', `sqlite3 -json #{file} 'SELECT * FROM users'`)
end
